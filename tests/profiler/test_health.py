"""Whether a pass of the sentinels says that a device is what it was."""

from dataclasses import replace

import numpy as np
import pytest

from profiler.backends.registry import open_backend
from profiler.device import Device
from profiler.health import (
    PRIOR_PASSES,
    STUDENT,
    WINDOW,
    judge,
    sentinel_latencies,
)
from profiler.measuring.loop import measure
from profiler.measuring.sentinels import PLAN, SENTINELS
from profiler.operations import operation_key

USUAL = {"call": 12.0, "dense": 1200.0, "depthwise": 940.0, "memory": 2100.0}
MACHINE = Device(
    fingerprint="f00d",
    model="bench",
    name="bench",
    architecture="x86_64",
    cores=2,
    memory_bytes=2**30,
    system="Linux",
)


def times(factor, latencies=USUAL):
    return {name: factor * us for name, us in latencies.items()}


def noisy_passes(generator, count, sd=0.05):
    """Return passes each of which is off as a whole: the noise of a session."""
    return [times(np.exp(sd * generator.standard_normal())) for _ in range(count)]


@pytest.fixture(scope="module")
def session():
    backend = open_backend("simulated")
    return measure(tuple(SENTINELS.values()), backend, backend.device(MACHINE), PLAN)


def test_the_first_pass_is_compared_with_nothing():
    verdict = judge([], USUAL)

    assert verdict.health == "unknown"
    assert "the next ones are compared with it" in verdict.reason


def test_a_pass_like_the_earlier_ones_is_good():
    verdict = judge([USUAL, times(1.02)], times(0.99))

    assert verdict.health == "good"
    assert [each.sentinel for each in verdict.compared] == list(SENTINELS)


@pytest.mark.parametrize("factor", [1.4, 1 / 1.4])
def test_slower_and_faster_are_both_suspect_and_the_worst_is_named_first(factor):
    moved = USUAL | {"memory": 2100.0 * factor, "dense": 1200.0 * factor**2}

    verdict = judge([USUAL] * 10, moved)

    assert verdict.health == "suspect"
    assert verdict.reason.startswith(f"dense takes {factor**2:.2f} times the usual, which is ")
    assert f"memory takes {factor:.2f} times" in verdict.reason
    assert verdict.reason.endswith("in 10 earlier passes")


def test_the_interval_after_one_pass_is_that_of_the_prior():
    (first, *_) = judge([USUAL], USUAL).compared

    # 8.610 (Student, 4 degrees of freedom) * 0.05 * sqrt(1 + 1/1)
    assert first.high == pytest.approx(np.exp(8.610 * 0.05 * 2**0.5))
    assert first.low == pytest.approx(1 / first.high)


def test_a_device_that_never_varies_is_judged_more_strictly_the_longer_it_is_known():
    widths = [judge([USUAL] * count, USUAL).compared[0].high for count in (1, 3, 10, 20)]

    assert widths == sorted(widths, reverse=True)
    assert 1.05 < widths[-1] < 1.10


def test_a_device_that_always_varied_is_given_more_room():
    calm = judge([times(f) for f in (0.99, 1.0, 1.01) * 4], USUAL).compared[0].high
    restless = judge([times(f) for f in (0.7, 1.0, 1.3) * 4], USUAL).compared[0].high

    assert calm < 1.2 < 2.0 < restless


def test_only_the_latest_passes_count():
    forgotten = [times(3.0)] * 5

    assert judge(forgotten + [USUAL] * WINDOW, USUAL).health == "good"


def test_a_sentinel_others_disturbed_leaves_the_pass_unjudged_unless_another_moved():
    rest = {name: us for name, us in USUAL.items() if name != "memory"}

    quiet, moved = (judge([USUAL] * 10, pass_) for pass_ in (rest, rest | {"call": 30.0}))

    assert quiet.health == "unknown"
    assert "memory not measured in 3 rounds without contention" in quiet.reason
    assert moved.health == "suspect"


def test_a_pass_disturbed_as_a_whole_says_nothing_and_is_no_first_pass():
    assert judge([], {}).health == judge([USUAL], {}).health == "unknown"
    assert judge([{}], USUAL).reason.startswith("the first pass")


def test_the_quantiles_are_students():
    stats = pytest.importorskip("scipy.stats", reason="the search's extra is not installed")
    freedom = range(PRIOR_PASSES, PRIOR_PASSES + WINDOW)

    assert pytest.approx(stats.t.ppf(0.9995, freedom), abs=6e-4) == STUDENT


def test_false_alarms_are_at_most_one_in_a_hundred_passes_and_a_device_is_not_flapped():
    generator = np.random.default_rng(4)
    alarms = passes = 0

    for _ in range(100):  # devices
        good = []
        for latencies in noisy_passes(generator, 40):
            verdict = judge(good, latencies)
            passes += 1
            alarms += verdict.health == "suspect"
            if verdict.health != "suspect":
                good.append(latencies)

    assert passes == 4000
    assert alarms <= 0.01 * passes


@pytest.mark.parametrize("known", [10, 20])
def test_a_slowdown_of_forty_per_cent_is_caught_in_ninetyfive_of_a_hundred(known):
    generator = np.random.default_rng(40 + known)
    caught = 0

    for _ in range(500):
        *earlier, now = noisy_passes(generator, known + 1)
        caught += judge(earlier, times(1.4, now)).health == "suspect"

    assert caught >= 0.95 * 500


def test_a_pass_has_all_sentinels_by_name(session):
    latencies = sentinel_latencies(session)

    assert latencies.keys() == SENTINELS.keys()
    assert latencies["call"] < latencies["dense"]


def test_rounds_others_disturbed_are_no_word_about_the_device_but_throttled_ones_are(session):
    def in_state(state):
        return replace(
            session,
            measurements=tuple(
                replace(m, rounds=tuple(replace(part, state=state) for part in m.rounds))
                for m in session.measurements
            ),
        )

    assert sentinel_latencies(in_state("contended")) == {}
    assert sentinel_latencies(in_state("throttled")) == sentinel_latencies(session)


def test_sentinels_stress_different_things():
    keys = {operation_key(operation) for operation in SENTINELS.values()}

    assert len(keys) == len(SENTINELS) == 4
