"""The derived network measured on its device, beside networks measured before."""

from dataclasses import replace

import pytest

from search.deployment import measure_network, nearest
from search.target import entry_of, measure_on


@pytest.fixture
def measured(client, agent, networks):
    """Return the table after all but the first network were measured."""
    measure_on(client, agent.target, networks[1:], name="networks", sleep=agent.work)
    return client.table(agent.target.table)


@pytest.fixture
def deploy(client, agent, networks):
    """Measure the first network; whoever waits lets the agent of the device work."""

    def deploy(anchors, table, afterwards=lambda: None):
        def work(_seconds):
            agent.work()
            afterwards()

        return measure_network(
            client,
            agent.target,
            networks[0],
            anchors,
            table,
            on_campaign=lambda _: None,
            sleep=work,
        )

    return deploy


def test_the_nearest_networks_are_those_measured_next_to_the_latency(measured, networks):
    latencies = sorted(entry_of(measured, each).latency_us for each in networks[1:])

    found = nearest(networks[1:], measured, latencies[2], 3)

    assert entry_of(measured, found[0]).latency_us == latencies[2]
    away = [abs(entry_of(measured, each).latency_us - latencies[2]) for each in found]
    assert away == sorted(abs(latency - latencies[2]) for latency in latencies)[:3]


def test_no_anchors_are_nearest_where_none_are_wanted(measured, networks):
    assert nearest(networks[1:], measured, 100.0, 0) == []


def test_a_device_that_did_not_change_has_not_drifted(deploy, measured, networks):
    deployment = deploy(networks[1:4], measured)

    assert deployment.anchors == 3
    assert deployment.drift == pytest.approx(1.0, abs=0.05)


def test_a_device_that_became_slower_is_said_to_have(deploy, measured, networks):
    entries = tuple(replace(e, latency_us=e.latency_us / 1.2) for e in measured.entries)

    deployment = deploy(networks[1:4], replace(measured, entries=entries))

    assert deployment.drift == pytest.approx(1.2, rel=0.05)


def test_without_anchors_nothing_is_said_of_drift(deploy, measured):
    deployment = deploy((), measured)

    assert (deployment.drift, deployment.anchors) == (1.0, 0)


def test_the_latency_is_that_of_this_unit_not_of_another_with_the_same_table(
    client, agent, deploy, measured, make_agent, networks
):
    other = make_agent(2)

    def leave(_seconds):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_on(client, other.target, networks[:1], name="elsewhere", sleep=leave)

    deployment = deploy(networks[1:2], measured, afterwards=other.work)

    *_, newest = client.sessions(agent.target.table)
    assert newest.device == other.device
    assert deployment.session_id == agent.sessions[-1].id
