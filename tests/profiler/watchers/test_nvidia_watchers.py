"""What spoils samples of a GPU, judged from readings that were recorded."""

import os
from itertools import pairwise

import pytest

from profiler.measuring.watchers.nvidia import GpuProcesses, GpuThrottling
from profiler.platforms.gpu import GpuState

AT_LOAD = {"clock_mhz": 1980.0, "load": 0.97, "reasons": (), "held_down_s": 4.0}


class Recorded:
    """A GPU that answers with one state after the other."""

    def __init__(self, *states):
        self._states = iter(states)

    def state(self):
        return next(self._states)


def judged(*states):
    """Judge each pair of states that follow each other, ten seconds apart."""
    seconds = iter(range(0, 1000, 10))
    watcher = GpuThrottling(Recorded(*states), now_s=lambda: float(next(seconds)))
    readings = [watcher.read() for _ in states]
    return [watcher.judge(*pair) for pair in pairwise(readings)]


def state(**changes):
    return GpuState(**{**AT_LOAD, **changes})


def test_a_busy_gpu_at_its_clock_is_clean():
    assert judged(state(), state(), state(clock_mhz=1900.0)) == ["clean", "clean"]


@pytest.mark.parametrize("reason", ["sw_power_cap", "hw_slowdown", "hw_thermal_slowdown"])
def test_a_reason_at_either_end_throttles(reason):
    held = state(reasons=(reason,))

    assert judged(state(), held, state(), state()) == ["throttled", "throttled", "clean"]


def test_an_idle_gpu_that_slows_down_is_not_throttled():
    idle = state(clock_mhz=345.0, load=0.0)

    assert judged(state(), idle, idle, state()) == ["clean"] * 3


def test_a_clock_at_load_below_three_quarters_of_the_highest_is_throttled():
    slow = state(clock_mhz=1400.0)

    assert judged(state(), slow, state(), state()) == ["throttled", "throttled", "clean"]


def test_what_held_the_clock_down_between_two_looks_is_counted():
    """A tenth of a second in ten is a hundredth; a little more is too much."""
    looks = [state(held_down_s=s) for s in (4.0, 4.1, 4.3)]

    assert judged(*looks) == ["clean", "throttled"]


def test_a_driver_that_tells_no_reasons_is_judged_by_the_clock():
    known = state(reasons=None, held_down_s=None)
    slow = state(reasons=None, held_down_s=None, clock_mhz=900.0)

    assert judged(known, known, slow) == ["clean", "throttled"]


@pytest.mark.parametrize("lost", [GpuState(), GpuState(clock_mhz=1980.0)])
def test_a_gpu_that_tells_nothing_to_judge_by_is_unread(lost):
    assert GpuThrottling(Recorded(lost)).read() is None


def test_another_process_on_the_gpu_is_contention():
    mine, both = GpuState(processes=(os.getpid(),)), GpuState(processes=(os.getpid(), 1))
    watcher = GpuProcesses(Recorded(mine, mine, both))
    readings = [watcher.read() for _ in range(3)]

    assert readings == [0, 0, 1]
    assert watcher.judge(0, 0) == "clean"
    assert watcher.judge(0, 1) == "contended"
    assert watcher.judge(1, 0) == "contended"


def test_processes_a_driver_does_not_tell_are_unread():
    assert GpuProcesses(Recorded(GpuState())).read() is None
