"""What a sweep says: groups over seeds, Pareto fronts, ``sweep.json`` and the pictures."""

import json
import xml.etree.ElementTree as ET

import pytest

from search.sweep.carry_out import carry_out
from search.sweep.picture import front_svg
from search.sweep.plan import Order
from search.sweep.summary import groups_of, pareto

SVG = "{http://www.w3.org/2000/svg}"


def test_a_group_has_the_median_and_the_spread_of_its_seeds(outcome):
    seeds = [outcome(1.0, 0.5, seed=0), outcome(3.0, 0.7, seed=1), outcome(2.0, 0.4, seed=2)]

    (group,) = groups_of(seeds)

    assert (group.seeds, group.failed) == (3, 0)
    assert (group.measured_us, group.predicted_us) == (2000.0, 2010.0)
    assert (group.miou, group.miou_low, group.miou_high) == (0.5, 0.4, 0.7)


def test_a_failed_seed_is_counted_and_changes_no_median(outcome):
    (group,) = groups_of([outcome(1.0, 0.5, seed=0), outcome(0, None, seed=1)])

    assert (group.seeds, group.failed, group.miou) == (1, 1, 0.5)


def test_a_group_that_failed_altogether_has_no_numbers(outcome):
    (group,) = groups_of([outcome(0, None)])

    assert (group.seeds, group.failed, group.miou, group.measured_us) == (0, 1, None, None)


def test_devices_and_budgets_are_not_mixed(outcome):
    outcomes = [
        outcome(1.0, 0.5, device=device, budget_ms=budget)
        for device in ("a", "b")
        for budget in (2.0, 4.0)
    ]

    assert [(g.device, g.budget_us) for g in groups_of(outcomes)] == [
        ("a", 2000.0), ("a", 4000.0), ("b", 2000.0), ("b", 4000.0),
    ]  # fmt: skip


def test_the_front_holds_what_no_other_search_is_both_faster_and_better_than(outcome):
    fast, good = outcome(1.0, 0.4, seed=0), outcome(3.0, 0.7, seed=1)
    beaten, equal_but_slower = outcome(2.0, 0.3, seed=2), outcome(4.0, 0.7, seed=3)

    front = pareto([good, equal_but_slower, beaten, fast])

    assert front == [fast, good]


def test_of_two_equally_fast_networks_the_better_one_is_on_the_front(outcome):
    worse, better = outcome(1.0, 0.4, seed=0), outcome(1.0, 0.5, seed=1)

    assert pareto([worse, better]) == [better]


def test_the_picture_marks_the_front_and_only_the_front(outcome):
    outcomes = [outcome(1.0, 0.4, seed=0), outcome(2.0, 0.3, seed=1), outcome(3.0, 0.7, seed=2)]

    picture = ET.fromstring(front_svg("board", outcomes))

    titles = {
        circle.find(f"{SVG}title").text.split(":")[0]: circle.get("class")
        for circle in picture.iter(f"{SVG}circle")
    }
    assert titles == {
        "board-2ms-seed0": "star",
        "board-2ms-seed1": "dot",
        "board-2ms-seed2": "star",
    }


def test_one_network_alone_makes_a_picture(outcome):
    picture = ET.fromstring(front_svg("board", [outcome(1.0, 0.5), outcome(0, None, seed=1)]))

    assert len(list(picture.iter(f"{SVG}circle"))) == 1


@pytest.fixture
def orders(tmp_path):
    return [
        Order(server="", data=tmp_path, split="", device="board", configuration=None,
              folder=tmp_path / f"board-2ms-seed{seed}")
        for seed in range(3)
    ]  # fmt: skip


def test_outcomes_are_kept_in_the_order_of_the_plan_however_they_arrive(outcome, orders, tmp_path):
    arriving = [outcome(2.0, 0.6, seed=2), outcome(0, None, seed=0), outcome(1.0, 0.5, seed=1)]

    outcomes = carry_out(orders, arriving, tmp_path, lambda _: None)

    document = json.loads((tmp_path / "sweep.json").read_text())
    assert [each.seed for each in outcomes] == [0, 1, 2]
    assert [each["seed"] for each in document["searches"]] == [0, 1, 2]
    assert document["searches"][0]["error"] == "no network meets 2 us"
    assert document["pareto"] == {"board": ["board-2ms-seed1", "board-2ms-seed2"]}
    assert (tmp_path / "front-board.svg").read_text().startswith("<svg")


def test_a_sweep_that_is_stopped_keeps_what_is_done(outcome, orders, tmp_path):
    def arriving():
        yield outcome(1.0, 0.5, seed=1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out(orders, arriving(), tmp_path, lambda _: None)

    document = json.loads((tmp_path / "sweep.json").read_text())
    assert [each["name"] for each in document["searches"]] == ["board-2ms-seed1"]
