"""Faster, slower or the same."""

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


STEADY = [10.0, 10.1, 10.0, 10.2, 10.1, 10.0, 10.1, 10.2, 10.0, 10.1]


@pytest.mark.parametrize(
    ("factor", "verdict"), [(1.05, "slower"), (0.9, "faster"), (1.002, "same"), (0.98, "same")]
)
def test_what_steady_rounds_say_is_said(factor, verdict):
    comparison = compare(measured(STEADY), measured([factor * us for us in STEADY]))

    assert comparison.verdict == verdict
    assert comparison.ratio == pytest.approx(factor)
    assert comparison.low < factor < comparison.high


def test_a_neighbour_in_some_rounds_of_one_of_them_is_no_change():
    disturbed = [*STEADY[:5], 14.0, 17.0, 12.0, 19.0, 13.0]

    assert compare(measured(STEADY), measured(disturbed)).verdict != "slower"


def test_rounds_that_differ_more_than_what_is_asked_do_not_tell():
    wild = [10.0, 14.0, 11.0, 18.0]

    assert compare(measured(wild), measured(wild[::-1])).verdict == "ambiguous"


def test_disturbed_rounds_do_not_count_and_too_few_others_are_an_error():
    with pytest.raises(HnaError, match="0 undisturbed rounds, too few to compare"):
        compare(measured(STEADY), measured(STEADY, state="contended"))


def test_a_hundredth_of_equal_pairs_at_most_is_called_changed():
    generator = np.random.default_rng(0)
    alarms = 0
    for _ in range(1_000):
        # contention only adds: now nothing, now up to half as much again
        a, b = 100 * (1 + 0.004 * generator.exponential(size=(2, 14)))
        busy = 1 + 0.5 * generator.random((2, 14)) * (generator.random((2, 14)) < 0.3)
        alarms += compare(measured(a * busy[0]), measured(b * busy[1])).verdict in (
            "slower",
            "faster",
        )

    assert alarms <= 10
