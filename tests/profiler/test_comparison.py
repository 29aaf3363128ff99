"""Faster, slower or the same: decided round by round."""

from __future__ import annotations

import numpy as np
import pytest

from profiler.comparison import compare
from profiler.errors import HnaError
from profiler.measurement import Measurement, Round
from profiler.operations import Head


def measured(medians_us, state="clean"):
    return Measurement(
        id="m",
        operation=Head(channels=8, height=4, width=4),
        rounds=tuple(Round(samples_us=(us,), state=state) for us in medians_us),
        warmups=0,
        inner_loops=1,
        stop_reason="round_limit",
    )


def test_what_every_round_says_is_said():
    before = [10.0 + i for i in range(10)]

    slower = compare(measured(before), measured([us * 1.06 for us in before]))
    faster = compare(measured(before), measured([us * 0.9 for us in before]))
    same = compare(measured(before), measured([us * 1.002 for us in before]))

    assert (slower.verdict, faster.verdict, same.verdict) == ("slower", "faster", "same")
    assert slower.ratio == pytest.approx(1.06)


def test_a_neighbour_that_slows_a_round_slows_both_and_decides_nothing():
    before = [10.0, 30.0, 10.0, 12.0, 40.0, 10.0, 11.0, 10.0, 50.0, 10.0]

    assert compare(measured(before), measured(before)).verdict == "same"


def test_the_interval_of_eight_rounds_reaches_from_the_least_to_the_most():
    # all eight on one side: 2 * (1/2)^8 is 0.8 %; with one more arrangement it would be 1.6 %
    ratios = [0.9, 0.98, 0.99, 1.0, 1.0, 1.01, 1.05, 1.2]

    comparison = compare(measured([100.0] * 8), measured([100.0 * r for r in ratios]))

    assert (comparison.low, comparison.high) == pytest.approx((0.9, 1.2))
    assert comparison.verdict == "ambiguous"


def test_the_ratio_is_the_middle_of_all_pairs_of_rounds():
    ratios = [1.0, 1.1, 1.21, 8.0]  # in logarithms 0, 1, 2 of ln 1.1, and one that is far off

    comparison = compare(measured([100.0] * 4), measured([100.0 * r for r in ratios]))

    # pairs: 0, 0.5, 1, 1, 1.5, 2 and four with the last, all larger: the middle is (1.5 + 2) / 2
    assert comparison.ratio == pytest.approx(1.1**1.75)


def test_seven_rounds_prove_nothing_however_far_apart():
    comparison = compare(measured([10.0] * 7), measured([20.0] * 7))

    assert comparison.verdict == "ambiguous"


def test_disturbed_rounds_do_not_count_and_none_at_all_is_an_error():
    with pytest.raises(HnaError, match="share no undisturbed round"):
        compare(measured([10.0] * 9), measured([10.0] * 9, state="contended"))


def test_a_hundredth_of_equal_pairs_at_most_is_called_changed():
    generator = np.random.default_rng(0)
    alarms = 0
    for _ in range(2_000):
        a, b = 100 * np.exp(0.03 * generator.standard_t(3, size=(2, 12)))
        alarms += compare(measured(a), measured(b)).verdict in ("slower", "faster")

    assert alarms <= 20
