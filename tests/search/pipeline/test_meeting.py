"""Networks near a budget, measured and derived again until they hold."""

from dataclasses import replace

import pytest

from profiler.certificates import certify
from profiler.errors import BudgetInfeasible, RunInvalid
from profiler.space import cell_candidates, known_topology, space_operations
from search.derive import Choice
from search.limits import Limit
from search.meeting.meet import Meeting
from search.meeting.met import load_met, save_met
from search.meeting.plan import MeetingPlan
from search.meeting.sitting import Site
from search.stage2.costs import latency_costs
from search.target import entry_of, measure_on

NAME = "board"
TOPOLOGY = known_topology("unet")


@pytest.fixture
def site(client, agent, space, networks):
    """Return the device, its space and six networks measured."""
    operations = (*space_operations(space, TOPOLOGY), *networks)
    measure_on(client, agent.target, operations, name="space", sleep=agent.work)
    table = client.table(agent.target.table)
    return Site(client=client, target=agent.target, table=table, sleep=agent.work)


@pytest.fixture
def choose(site, space):
    """Return a choice of which every larger kernel is worth the same, under a budget."""

    def choose(budget_us, scores=(0.0, 0.1)):
        candidates = cell_candidates(space, TOPOLOGY)
        calibration = certify(site.table).calibration
        costs = latency_costs(space, TOPOLOGY, candidates, site.table, calibration)
        return Choice(
            candidates=candidates,
            scores=dict.fromkeys(candidates, scores),
            limits=(Limit(name=NAME, costs=costs, budget=budget_us),),
        )

    return choose


@pytest.fixture
def meeting(site, space, networks):
    return Meeting(
        sites={NAME: site},
        space=space,
        topology=TOPOLOGY,
        known=networks,
        anchors=3,
        plan=MeetingPlan(rounds=3, networks=4, sittings=2, width=0.1),
        wanted=2,
        spread=0.05,
        seed=0,
    )


@pytest.fixture
def middle_us(site, networks):
    """A latency in the middle of what networks of the space take."""
    return sorted(entry_of(site.table, each).latency_us for each in networks)[3]


def test_networks_that_hold_measure_what_the_target_asks_for(meeting, choose, middle_us):
    met = meeting.meet(choose(middle_us))

    held = [attempt for attempt in met.attempts if attempt.verdict == "held"]
    assert met.holds
    assert len(held) >= 2
    assert all(0.9 * middle_us <= each.measured_us[NAME] <= middle_us for each in held)


def test_those_that_hold_go_on_with_the_best_scored_first(meeting, choose, middle_us):
    choice = choose(middle_us)

    met = meeting.meet(choice)

    scores = [each.score for each in met.networks(choice.candidates, 9)]
    assert scores == sorted(scores, reverse=True)
    assert {met.attempts[index].verdict for index in met.chosen} == {"held"}


def test_a_network_the_scores_would_have_faster_spends_the_target_all_the_same(
    meeting, choose, middle_us
):
    met = meeting.meet(choose(middle_us, scores=(0.1, 0.0)))

    (first, *_) = met.networks(choose(middle_us).candidates, 1)
    assert first.predicted[NAME] >= 0.9 * middle_us


def test_a_slower_device_gets_networks_derived_again_with_what_was_learnt(
    agent, meeting, choose, middle_us
):
    agent.paces = [1.2] * 20

    met = meeting.meet(choose(middle_us))

    last = [attempt for attempt in met.attempts if attempt.round == met.rounds]
    assert met.holds
    assert met.rounds >= 2
    assert {each.verdict for each in met.attempts if each.round == 1} == {"over"}
    assert met.corrections[NAME] == pytest.approx(1.2, rel=0.05)
    assert met.drifts[NAME] == pytest.approx(1.2, rel=0.05)
    assert all(each.predicted_us[NAME] <= middle_us / 1.15 for each in last)


def test_what_held_is_measured_again_beside_the_networks_of_the_next_round(
    agent, meeting, choose, middle_us
):
    met = replace(meeting, wanted=9).meet(choose(middle_us))

    assert met.rounds == 3
    assert sum(attempt.round == 3 for attempt in met.attempts) >= 2
    operations = [tuple(attempt.operations) for attempt in met.attempts]
    assert len(set(operations)) == len(operations)


def test_where_none_holds_the_nearest_goes_on_and_the_reason_is_said(
    agent, meeting, choose, middle_us
):
    agent.paces = [1.5, 1.5]

    met = replace(meeting, plan=MeetingPlan(rounds=1, networks=2, sittings=2)).meet(
        choose(middle_us)
    )

    nearest = min(attempt.measured_us[NAME] for attempt in met.attempts)
    assert not met.holds
    assert len(met.chosen) == 1
    assert met.sentence() == (
        f"{len(met.attempts)} networks measured in 1 round(s), none holds the target; the nearest "
        f"takes {nearest / 1000:.2f} ms on {NAME}"
    )


def test_a_target_beyond_the_slowest_network_is_held_by_spending_less(meeting, choose):
    choice = choose(1.0)
    largest_us = choice.limits[0].costs.largest

    met = meeting.meet(choose(2 * largest_us))

    assert met.holds
    assert met.rounds <= 3
    assert met.attempts[met.chosen[0]].score == pytest.approx(0.1 * len(choice.candidates))


def test_a_target_just_above_the_fastest_network_is_aimed_at_with_that(meeting, choose):
    smallest_us = choose(1.0).limits[0].costs.smallest

    met = meeting.meet(choose(1.001 * smallest_us))

    (attempt, *_) = met.attempts
    assert attempt.predicted_us[NAME] == pytest.approx(smallest_us)


def test_a_target_below_the_fastest_network_is_refused_before_anything_is_measured(
    agent, meeting, choose
):
    smallest_us = choose(1.0).limits[0].costs.smallest
    before = len(agent.sessions)

    with pytest.raises(BudgetInfeasible):
        meeting.meet(choose(0.9 * smallest_us))

    assert len(agent.sessions) == before


def test_what_was_met_survives_a_file(meeting, choose, middle_us, tmp_path):
    met = meeting.meet(choose(middle_us))

    save_met(met, tmp_path / "meeting.json")

    assert load_met(tmp_path / "meeting.json") == met
    assert load_met(tmp_path / "nothing.json") is None


def test_a_broken_file_is_named_with_the_way_out(tmp_path):
    path = tmp_path / "meeting.json"
    path.write_text('{"format": 7}')

    with pytest.raises(RunInvalid, match=r"meeting\.json holds no networks of format 1; remove"):
        load_met(path)


@pytest.mark.parametrize(
    "wrong", [{"rounds": -1}, {"networks": 0}, {"sittings": 0}, {"width": 0.0}, {"width": 1.0}]
)
def test_a_plan_that_meets_nothing_cannot_be_built(wrong):
    with pytest.raises(RunInvalid, match=rf"{next(iter(wrong))}="):
        MeetingPlan(**wrong)
