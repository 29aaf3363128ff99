"""Which causes acted, and what follows for operations that were not measured."""

from math import log

import numpy as np
import pytest

from profiler.triage.causes import Alone, ByClass, ByShare
from profiler.triage.movement import most_telling, predict
from profiler.triage.scales import explanations

COUNT = 40
MEASURED = list(range(0, COUNT, 2))
NOISE = np.full(len(MEASURED), 0.01)
HALVES = np.array([0] * 20 + [1] * 20)


def halves():
    return ByClass("half", HALVES, np.eye(2))


def blocks():
    return ByClass("block", np.arange(COUNT) % 5, np.eye(5))


def predicted(moved, causes=None):
    causes = causes or (halves(), blocks(), Alone(COUNT))
    return predict(causes, COUNT, MEASURED, moved, NOISE, 0.05)


def drawn(size=20, seed=0):
    return 0.01 * np.random.default_rng(seed).standard_normal(size)


def test_what_moved_a_half_is_expected_of_all_of_it():
    moved = np.where(HALVES[MEASURED] == 1, log(1.2), 0.0) + drawn()

    found = predicted(moved)

    slower = HALVES == 1
    assert found.mean[slower] == pytest.approx(log(1.2), abs=0.02)
    assert found.mean[~slower] == pytest.approx(0.0, abs=0.02)
    assert np.all(found.beyond[slower] > 0.9)
    assert np.all(found.beyond[~slower] < 0.1)


def test_a_shift_all_operations_share_is_expected_of_all():
    found = predicted(log(1.08) + drawn())

    assert found.mean == pytest.approx(log(1.08), abs=0.01)
    assert np.all(found.beyond > 0.9)


def test_an_operation_that_moved_alone_moves_no_other():
    moved = drawn()
    moved[3] = log(1.5)

    found = predicted(moved)

    others = [index for index in range(COUNT) if index != MEASURED[3]]
    assert np.all(np.abs(found.mean[others]) < 0.02)
    assert np.all(found.beyond[others] < 0.3)


def test_how_many_moved_alone_is_learnt():
    quiet, wild = drawn(), drawn()
    wild[[2, 7, 11, 16]] += np.array([0.4, -0.3, 0.35, -0.4])

    before, after = (
        np.mean([each.lone_share for each in explanations([], moved, NOISE)])
        for moved in (quiet, wild)
    )

    assert before < 0.02
    assert after > 0.03


def test_a_kernel_moves_operations_by_their_share_of_it():
    shares = np.linspace(0.0, 1.0, COUNT)[:, None]
    kernel = ByShare("resize", shares, np.ones((1, 1)))
    moved = shares[MEASURED, 0] * log(0.7) + drawn()

    found = predicted(moved, (kernel, Alone(COUNT)))

    assert found.mean == pytest.approx(shares[:, 0] * log(0.7), abs=0.02)


def test_the_same_measurements_lead_to_the_same_draws():
    first, again = (explanations([np.eye(20)], drawn(), NOISE) for _ in range(2))

    assert [each.scales.tolist() for each in first] == [each.scales.tolist() for each in again]


def test_more_movements_than_scales_are_learnt_from_all_count_in_the_prediction():
    size = 400
    moved = log(1.1) + drawn(size)
    cause = ByClass("all", np.zeros(size, dtype=int), np.eye(1))

    found = predict((cause,), size, list(range(size)), moved, np.full(size, 0.01), 0.05)

    assert found.mean == pytest.approx(np.full(size, log(1.1)), abs=0.02)


def test_what_is_measured_first_is_spread_over_the_causes():
    chosen = most_telling((halves(), blocks()), np.full(COUNT, 0.02), [], 10)

    assert len(set(chosen)) == 10
    assert {index % 5 for index in chosen} == set(range(5))
    assert 3 <= sum(HALVES[chosen]) <= 7


def test_what_was_measured_is_not_chosen_again():
    chosen = most_telling((halves(),), np.full(COUNT, 0.02), list(range(35)), 10)

    assert sorted(chosen) == [35, 36, 37, 38, 39]
