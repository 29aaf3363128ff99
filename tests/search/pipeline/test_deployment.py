"""The derived network measured on its device, beside networks measured before."""

from dataclasses import replace

import pytest

from search.deployment import measure_network
from search.meeting.sitting import Site
from search.target import measure_on


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

        site = Site(client=client, target=agent.target, table=table, sleep=work)
        return measure_network(site, networks[0], anchors, most=2)

    return deploy


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


def test_the_latency_rests_on_the_samples_of_both_sittings(agent, deploy, measured, networks):
    before = len(agent.sessions)

    deployment = deploy(networks[1:4], measured)

    sessions = agent.sessions[before:]
    assert (deployment.sittings, deployment.counted, len(sessions)) == (2, 2, 2)
    assert deployment.summary.rounds == 3 + 3
    assert deployment.session_id == sessions[-1].id
    assert deployment.measurement_id in {each.id for each in sessions[-1].measurements}


def test_the_latency_is_that_of_this_unit_not_of_another_with_the_same_table(
    client, agent, deploy, measured, make_agent, networks
):
    other = make_agent(2)

    def leave(_seconds):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_on(client, other.target, networks[:1], name="elsewhere", sleep=leave)

    deployment = deploy(networks[1:2], measured, afterwards=other.work)

    sessions = client.sessions(agent.target.table)
    assert [each.id for each in other.sessions] == [
        each.id for each in sessions if each.device == other.device
    ]
    assert deployment.session_id == agent.sessions[-1].id
