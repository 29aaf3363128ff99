"""Networks measured beside anchors, and told at the usual pace of their device."""

import pytest

from profiler.errors import TableMismatch
from profiler.operations import operation_key
from profiler.summary import summarise
from search.meeting.sitting import Site, measure_beside, nearest
from search.target import entry_of, measure_on


@pytest.fixture
def measured(client, agent, networks):
    """Return the table after all but the first network were measured."""
    measure_on(client, agent.target, networks[1:], name="networks", sleep=agent.work)
    return client.table(agent.target.table)


@pytest.fixture
def site(client, agent, measured, networks):
    return Site(
        client=client, target=agent.target, table=measured, known=networks[1:], sleep=agent.work
    )


@pytest.fixture
def beside(agent, site, networks):
    """Measure the first network beside three others, on a device of these paces."""

    def beside(*paces, enough=2, most=4, anchors=tuple(networks[1:4])):
        agent.paces = list(paces)
        return measure_beside(site, networks[:1], anchors, name="t", enough=enough, most=most)

    return beside


@pytest.fixture
def usual(client, agent, networks):
    """Have the known networks measured again in sessions of these paces."""

    def usual(*paces):
        agent.paces = list(paces)
        for _ in paces:
            measure_on(
                client, agent.target, networks[1:], name="later", remeasure=True, sleep=agent.work
            )

    return usual


def latency_in(session, network):
    (measurement,) = (
        each
        for each in session.measurements
        if operation_key(each.operation) == operation_key(network)
    )
    return summarise(measurement).latency_us


def test_sittings_at_the_usual_pace_are_enough(beside):
    seen = beside(1.0, 1.0)

    assert (len(seen.sittings), len(seen.counted)) == (2, 2)
    assert seen.drift == pytest.approx(1.0, abs=0.02)


def test_one_sitting_is_enough_where_it_is_known_which_pace_is_usual(beside, usual):
    usual(1.0, 1.0)

    seen = beside(1.0, enough=1)

    assert len(seen.sittings) == 1


def test_one_sitting_is_not_enough_while_one_session_alone_tells_the_pace(beside):
    seen = beside(1.0, 1.0, enough=1)

    assert len(seen.sittings) == 2


@pytest.mark.parametrize("pace", [0.96, 1.04])
def test_a_network_is_told_at_the_usual_pace_whatever_the_pace_of_its_sitting(
    beside, usual, agent, networks, pace
):
    usual(1.0, 1.0, 1.0, 1.0)

    seen = beside(pace, enough=1)

    sampled_us = latency_in(agent.sessions[-1], networks[0])
    assert seen.drift == pytest.approx(1.0, abs=0.02)
    assert seen.as_sampled(networks[0]).latency_us == pytest.approx(sampled_us)
    assert seen.summary(networks[0]).latency_us == pytest.approx(sampled_us / pace, rel=0.015)


def test_a_sitting_far_from_the_usual_pace_is_repeated_and_left_out(beside, agent, networks):
    seen = beside(1.3, 1.0, 1.0)

    undisturbed = latency_in(agent.sessions[-1], networks[0])
    assert (len(seen.sittings), len(seen.counted)) == (3, 2)
    assert seen.summary(networks[0]).latency_us == pytest.approx(undisturbed, rel=0.01)
    assert latency_in(agent.sessions[-3], networks[0]) > 1.2 * undisturbed


def test_the_network_itself_does_not_say_which_sittings_count(beside):
    alone = beside(1.3, 1.0, anchors=())

    assert len(alone.counted) == len(alone.sittings) == 2


def test_where_no_sitting_is_near_the_usual_pace_the_nearest_counts_after_the_last(beside, usual):
    usual(1.0, 1.0, 1.0)

    seen = beside(1.3, 1.1, most=2)

    assert [round(each.drift, 1) for each in seen.counted] == [1.1]
    assert seen.drift == pytest.approx(1.0, abs=0.03)


def test_a_device_that_stays_slower_than_it_was_is_believed(beside):
    seen = beside(1.3, 1.3, 1.3)

    assert len(seen.counted) == len(seen.sittings)
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


def test_a_session_that_holds_too_few_of_the_known_networks_tells_no_pace(
    client, agent, beside, networks
):
    agent.paces = [2.0, 2.0]
    for _ in range(2):
        measure_on(
            client, agent.target, networks[1:3], name="two", remeasure=True, sleep=agent.work
        )

    seen = beside(1.0, 1.0)

    assert seen.drift == pytest.approx(1.0, abs=0.02)


def test_the_newest_sessions_of_the_unit_alone_are_asked_for(client, agent, measured, usual):
    usual(1.0, 1.0)

    newest = client.sessions(measured.name, device=agent.device.fingerprint, newest=2)

    assert [each.id for each in newest] == [each.id for each in agent.sessions[-2:]]
    assert client.sessions(measured.name, device="another") == ()
