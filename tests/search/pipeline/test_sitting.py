"""Networks measured beside anchors until two calm sittings agree."""

import pytest

from profiler.errors import TableMismatch
from profiler.operations import operation_key
from profiler.summary import summarise
from search.meeting.sitting import Site, calmest_seen, measure_beside, nearest
from search.target import entry_of, measure_on


@pytest.fixture
def measured(client, agent, networks):
    """Return the table after all but the first network were measured."""
    measure_on(client, agent.target, networks[1:], name="networks", sleep=agent.work)
    return client.table(agent.target.table)


@pytest.fixture
def beside(client, agent, measured, networks):
    """Measure the first network beside three others, on a device of these paces."""

    def beside(*paces, most=4, calmest=None, anchors=tuple(networks[1:4])):
        agent.paces = list(paces)
        site = Site(client=client, target=agent.target, table=measured, sleep=agent.work)
        return measure_beside(site, networks[:1], anchors, name="t", most=most, calmest=calmest)

    return beside


def latency_in(session, network):
    (measurement,) = (
        each
        for each in session.measurements
        if operation_key(each.operation) == operation_key(network)
    )
    return summarise(measurement).latency_us


def test_two_sittings_that_agree_are_enough(beside):
    seen = beside(1.0, 1.0)

    assert (len(seen.sittings), len(seen.calm)) == (2, 2)
    assert seen.drift == pytest.approx(1.0, abs=0.02)


def test_a_sitting_in_which_the_anchors_are_slow_is_left_out(beside, agent, networks):
    seen = beside(1.3, 1.0, 1.0)

    undisturbed = latency_in(agent.sessions[-1], networks[0])
    assert (len(seen.sittings), len(seen.calm)) == (3, 2)
    assert seen.summary(networks[0]).latency_us == pytest.approx(undisturbed, rel=0.01)
    assert latency_in(agent.sessions[-3], networks[0]) > 1.2 * undisturbed


def test_the_network_itself_does_not_say_which_sittings_count(beside):
    alone = beside(1.3, 1.0, anchors=())

    assert len(alone.calm) == len(alone.sittings) == 2


def test_where_no_two_agree_the_calmest_counts_after_the_last(beside, agent, networks):
    seen = beside(1.3, 1.1, 1.5, most=3)

    assert (len(seen.sittings), len(seen.calm)) == (3, 1)
    assert seen.summary(networks[0]).latency_us == latency_in(agent.sessions[-2], networks[0])
    assert seen.drift == pytest.approx(1.1, rel=0.02)


def test_it_is_waited_for_that_the_device_is_as_calm_as_it_was(beside):
    seen = beside(1.3, 1.3, 1.0, 1.0, calmest=1.0)

    assert (len(seen.sittings), len(seen.calm)) == (4, 2)
    assert seen.drift == pytest.approx(1.0, abs=0.02)


def test_a_device_that_stays_slower_than_it_was_is_believed_in_the_end(beside):
    seen = beside(1.3, 1.3, 1.3, most=3, calmest=1.0)

    assert (len(seen.sittings), len(seen.calm)) == (3, 3)
    assert seen.drift == pytest.approx(1.3, rel=0.02)


def test_an_anchor_without_a_row_is_named(beside, networks):
    with pytest.raises(TableMismatch, match="does not hold"):
        beside(anchors=networks[:1])


def test_the_nearest_networks_are_those_measured_next_to_the_latency(measured, networks):
    latencies = sorted(entry_of(measured, each).latency_us for each in networks[1:])

    found = nearest(networks[1:], measured, latencies[2], 3)

    assert entry_of(measured, found[0]).latency_us == latencies[2]
    away = [abs(entry_of(measured, each).latency_us - latencies[2]) for each in found]
    assert away == sorted(abs(latency - latencies[2]) for latency in latencies)[:3]


def test_no_anchors_are_nearest_where_none_are_wanted(measured, networks):
    assert nearest(networks[1:], measured, 100.0, 0) == []


def test_how_calm_the_device_ever_was_is_read_from_the_sessions_the_server_has(
    client, agent, measured, networks
):
    site = Site(client=client, target=agent.target, table=measured, sleep=agent.work)
    agent.paces = [1.3, 0.9]
    for _ in range(2):
        measure_on(
            client, agent.target, networks[1:], name="later", remeasure=True, sleep=agent.work
        )

    assert calmest_seen(site, networks) == pytest.approx(0.9, rel=0.02)
    assert calmest_seen(site, networks[:3]) is None
