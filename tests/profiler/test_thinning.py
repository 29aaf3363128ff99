"""Thinned measurements: latencies stay, what is no longer known is absent."""

from dataclasses import replace

import numpy as np
import pytest

from profiler.measurement import Measurement, Round
from profiler.operations import Head, border_of
from profiler.summary import summarise
from profiler.tabulate import tabulate
from profiler.thinning import pooled_percentile_us, sample_count, thin

AT = "2026-11-22T12:00:00+00:00"
BORDERLESS = border_of(Head(channels=8, height=16, width=16))


def measured(seed=0, rounds=8, samples=100, loops=1, **changes):
    generator = np.random.default_rng(seed)
    drawn = [tuple(generator.normal(100.0, 5.0, samples).tolist()) for _ in range(rounds)]
    states = ["contended", *["clean"] * (rounds - 1)]
    fields = {
        "id": f"m{seed}",
        "operation": BORDERLESS,
        "rounds": tuple(Round(samples_us=s, state=w) for s, w in zip(drawn, states, strict=True)),
        "warmups": 1,
        "inner_loops": loops,
        "stop_reason": "noise",
    }
    return Measurement(**(fields | changes))


def test_one_session_thinned_is_the_same_entry_to_the_last_digit():
    measurement = measured(cold=(Round(samples_us=(120.0, 130.0, 125.0, 121.0)),))

    (before,) = tabulate([[measurement]])
    (after,) = tabulate([[thin(measurement, AT)]])

    assert after == before
    assert before.p99_us is not None


def test_several_sessions_keep_latency_and_interval_and_lose_percentiles():
    first, second = measured(1), measured(2)

    (before,) = tabulate([[first], [second]])
    (after,) = tabulate([[thin(first, AT)], [second]])

    assert after == replace(before, p90_us=None, p99_us=None)
    assert before.p90_us is not None


def test_it_says_that_it_was_thinned_when_and_how_many_samples_there_were():
    measurement = measured(cold=(Round(samples_us=(120.0, 130.0)),))

    thinned = thin(measurement, AT)

    assert (thinned.thinned.at, thinned.thinned.samples) == (AT, 802)
    assert thinned.thinned.kept_samples == sample_count(thinned) == 700
    assert [len(part.samples_us) for part in (*thinned.rounds, *thinned.cold)] == [1] * 9
    assert [part.state for part in thinned.rounds] == [part.state for part in measurement.rounds]


def test_a_summary_of_what_is_thinned_is_the_summary_there_was():
    measurement = measured()

    assert summarise(thin(measurement, AT)) == summarise(measurement)


def test_thinning_twice_is_thinning_once():
    once = thin(measured(), AT)

    assert thin(once, "2027-01-01T00:00:00+00:00") is once


@pytest.mark.parametrize(("samples", "p90", "p99"), [(8, False, False), (50, True, False)])
def test_percentiles_nobody_could_know_stay_unknown(samples, p90, p99):
    thinned = thin(measured(samples=samples), AT)

    assert (thinned.thinned.p90_us is not None, thinned.thinned.p99_us is not None) == (p90, p99)
    assert (pooled_percentile_us([thinned], 90) is not None) == p90
