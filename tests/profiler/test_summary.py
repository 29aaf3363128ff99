"""Statistics of samples, with numbers one can check by hand."""

import numpy as np
import pytest

from profiler.errors import HnaError
from profiler.measurement import Measurement, Round
from profiler.operations import Head
from profiler.summary import bootstrap, interval, kept_rounds, latency_of, summarise


def measured(*rounds):
    """A measurement of rounds given as samples, or as (samples, state)."""
    made = [
        Round(samples_us=part[0], state=part[1]) if isinstance(part[-1], str)
        else Round(samples_us=part, state="clean")
        for part in rounds
    ]  # fmt: skip
    return Measurement(
        id="m",
        operation=Head(channels=8, height=4, width=4),
        rounds=tuple(made),
        warmups=0,
        inner_loops=1,
        stop_reason="round_limit",
    )


def test_the_latency_is_the_lower_quartile_of_the_medians_of_the_rounds():
    rounds = [(9.0, 10.0, 99.0), (20.0,), (30.0, 30.0), (39.0, 41.0), (50.0,)]

    summary = summarise(measured(*rounds))

    # medians 10, 20, 30, 40, 50: a quarter of the way from the first to the last is 20
    assert summary.latency_us == 20.0


def test_one_slow_sample_in_a_round_moves_nothing():
    calm = measured((10.0, 10.0, 10.0), (10.0, 10.0, 10.0))
    hiccup = measured((10.0, 10.0, 500.0), (10.0, 10.0, 10.0))

    assert summarise(hiccup).latency_us == summarise(calm).latency_us == 10.0


def test_median_and_interquartile_range_are_of_all_kept_samples():
    summary = summarise(measured((1.0, 2.0), (3.0, 4.0, 5.0)))

    assert (summary.median_us, summary.iqr_us) == (3.0, 2.0)
    assert (summary.samples, summary.rounds, summary.excluded_rounds) == (5, 2, 0)


@pytest.mark.parametrize("state", ["contended", "throttled"])
def test_rounds_under_bad_conditions_are_left_out_and_counted(state):
    busy = ((70.0, 90.0, 80.0), state)

    summary = summarise(measured((10.0, 10.0), busy, (10.0,), (10.0,)))

    assert (summary.latency_us, summary.high_us, summary.median_us) == (10.0, 10.0, 10.0)
    assert (summary.samples, summary.rounds, summary.excluded_rounds) == (4, 3, 1)


def test_rounds_whose_conditions_could_not_be_read_are_kept():
    unread = measured(*[((10.0,), "unverified")] * 3, ((30.0,), "contended"))

    assert (summarise(unread).rounds, summarise(unread).excluded_rounds) == (3, 1)


def test_bad_rounds_are_kept_where_there_are_no_others():
    summary = summarise(measured(((70.0,), "contended"), ((90.0,), "throttled")))

    # a quarter of the way from 70 to 90
    assert (summary.latency_us, summary.rounds, summary.excluded_rounds) == (75.0, 2, 0)


def test_bad_rounds_are_kept_where_fewer_than_three_good_ones_are_left():
    two_good = [(10.0,), (20.0,)]
    summary = summarise(measured(*two_good, *[((30.0,), "contended")] * 3))

    # 10, 20, 30, 30, 30
    assert (summary.latency_us, summary.rounds, summary.excluded_rounds) == (20.0, 5, 0)


def test_rounds_that_agree_leave_an_interval_of_no_width():
    summary = summarise(measured(*[(12.0, 12.0)] * 5))

    assert (summary.low_us, summary.high_us) == (12.0, 12.0)


def test_rounds_that_disagree_leave_an_interval_around_the_latency_inside_their_range():
    summary = summarise(measured(*[(float(us),) for us in range(10, 30)]))

    assert 10 <= summary.low_us < summary.latency_us < summary.high_us <= 29


def test_more_rounds_of_the_same_spread_narrow_the_interval():
    noise = np.random.default_rng(7)
    few, many = (
        summarise(measured(*[(us,) for us in noise.normal(100, 5, size)])) for size in (10, 1000)
    )

    # a standard error falls with the root of the count: to a tenth; half is safely above
    assert many.high_us - many.low_us < 0.5 * (few.high_us - few.low_us)


def test_the_interval_holds_the_middle_nine_tenths_of_the_resampled_latencies():
    assert interval(np.arange(101.0)) == pytest.approx((5.0, 95.0))


def test_the_same_rounds_give_the_same_interval_every_time():
    medians = np.array([3.0, 1.0, 4.0, 1.0, 5.0])

    assert np.array_equal(bootstrap(medians), bootstrap(medians))


def test_the_latency_does_not_depend_on_the_order_of_the_rounds():
    assert latency_of(np.array([50.0, 10.0, 30.0, 20.0, 40.0])) == 20.0


def test_kept_rounds_keep_their_order():
    rounds = measured((3.0,), ((9.0,), "contended"), (1.0,), (2.0,)).rounds

    assert [part.samples_us for part in kept_rounds(rounds)] == [(3.0,), (1.0,), (2.0,)]


@pytest.mark.parametrize("bad", [0.0, -1.0, float("inf"), float("nan")])
def test_a_latency_that_cannot_be_is_refused_by_its_value(bad):
    with pytest.raises(HnaError, match=f"measurement m: a latency of {bad} us"):
        measured((10.0, bad, 5.0))


@pytest.mark.parametrize("samples", [[], [()], [(1.0,), ()]])
def test_a_measurement_without_samples_or_with_an_empty_round_is_refused(samples):
    rounds = tuple(Round(samples_us=part) for part in samples)

    with pytest.raises(HnaError, match="no samples"):
        Measurement(
            id="m",
            operation=Head(channels=8, height=4, width=4),
            rounds=rounds,
            warmups=0,
            inner_loops=1,
            stop_reason="noise",
        )
