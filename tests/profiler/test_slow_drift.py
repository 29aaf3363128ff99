"""Slow drift of sentinels: against the first passes, not the last ones."""

import numpy as np
import pytest

from profiler.drift import PASSES, drifts


def passes(logs):
    return [{"conv": float(np.exp(x))} for x in logs]


def test_a_device_that_ages_slowly_is_seen_though_no_pass_differs_from_the_one_before():
    (drift,) = drifts(passes(np.linspace(0.0, 0.4, 60)))

    assert drift.drifted
    assert drift.ratio == pytest.approx(np.exp(0.4 * 55 / 59))
    assert drift.low > 1
    assert drift.passes == 60


def test_a_device_that_became_faster_drifted_too():
    (drift,) = drifts(passes(np.linspace(0.0, -0.4, 60)))

    assert drift.drifted
    assert drift.ratio < 1


def test_few_passes_say_nothing():
    assert drifts(passes([0.0] * (2 * PASSES - 1))) == ()
    assert drifts([]) == ()


def test_what_devices_always_do_is_no_drift():
    draw = np.random.default_rng(0)
    devices = [draw.normal(0.0, 0.05, 40) for _ in range(2_000)]

    alarms = sum(drifts(passes(logs))[0].drifted for logs in devices)

    assert alarms <= 6  # 99.9 % intervals, and a drift below 3 % is no news


def test_a_sentinel_that_was_disturbed_now_and_then_is_compared_where_it_was_not():
    known = [{"conv": 10.0} if index % 2 else {} for index in range(40)]

    (drift,) = drifts(known)

    assert (drift.ratio, drift.passes, drift.drifted) == (1.0, 20, False)
