"""Intervals between sessions: by hand, and by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from profiler.spread import Units, common_variance, intervals_us, next_unit_us
from profiler.student import student_quantile

EXACT = {(0.95, 4): 2.1318, (0.95, 9): 1.8331, (0.975, 6): 2.4469, (0.995, 8): 3.3554}
"""Student's t: any table."""


@pytest.mark.parametrize(("share", "degrees"), EXACT)
def test_quantiles_are_those_of_the_tables(share, degrees):
    assert student_quantile(share, degrees) == pytest.approx(EXACT[share, degrees], rel=0.01)


def test_the_common_variance_is_the_median_row_corrected_for_how_few_units_there_are():
    rows = [Units(values_us=(10.0 - d, 10.0 + d), scale_us=10.0) for d in (0.1, 1.0, 5.0)]
    alone = Units(values_us=(7.0,), scale_us=10.0)

    # of two values d below and above: variance 2 d^2; with one degree 0.470 is the median of 1
    assert common_variance([*rows, alone]) == pytest.approx(0.02 / (7 / 9) ** 3)


def test_a_row_that_happened_to_agree_twice_is_as_wide_as_its_table():
    agreeing = Units(values_us=(10.0, 10.0), scale_us=10.0)

    low, high = next_unit_us(agreeing, common=0.01)

    # 5 degrees, variance 4/5 of the common one, root of 1 + 1/2
    half = 2.015 * 10.0 * (0.8 * 0.01) ** 0.5 * 1.5**0.5
    assert (10.0 - low, high - 10.0) == pytest.approx((half, half), rel=0.01)


def test_one_session_has_no_interval_between_sessions():
    assert intervals_us({"alone": Units(values_us=(10.0,), scale_us=10.0)}) == {}


@pytest.mark.parametrize("sessions", [2, 3, 5, 8])
def test_ninety_of_a_hundred_next_sessions_lie_inside(sessions):
    generator = np.random.default_rng(sessions)
    inside = []
    for _ in range(60):
        spreads = 0.02 * generator.uniform(0.7, 1.4, size=30)  # rows differ a little in spread
        drawn = 100.0 * (1 + spreads[:, None] * generator.standard_normal((30, sessions + 1)))
        rows = {
            str(index): Units(values_us=tuple(values[:-1]), scale_us=100.0)
            for index, values in enumerate(drawn)
        }
        ends = intervals_us(rows)
        inside += [ends[str(i)][0] <= v[-1] <= ends[str(i)][1] for i, v in enumerate(drawn)]

    # with few sessions a little wide: the table's spread is not counted as if it were certain
    assert 0.87 <= np.mean(inside) <= 0.96
