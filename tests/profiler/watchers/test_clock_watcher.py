"""Whether cores were slowed down, from clocks and counters a test writes."""

import os

import pytest

from profiler.measuring.watchers.clocks import CoreClocks, Peak

CPU = "sys/devices/system/cpu"
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class Cores:
    """Two cores of which one is used, and a clock that goes by hand."""

    def __init__(self, tree):
        self._tree = tree
        self._at_s = 0.0
        self._busy_ticks = 0
        self.watcher = CoreClocks(tree.root, cores=[0], now_s=lambda: self._at_s)

    def write(self, path, text):
        self._tree.write(path, text)
        return self

    def later(self, mhz, busy=1.0):
        """Ten seconds later: the core has that clock, and was busy for that share of the time."""
        self._at_s += 10
        self._busy_ticks += round(busy * 10 * TICKS_A_SECOND)
        self.write("proc/stat", f"cpu0 {self._busy_ticks} 0 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0 0\n")
        return self.write(f"{CPU}/cpu0/cpufreq/scaling_cur_freq", f"{mhz * 1000}\n")

    def judge(self, mhz, busy=1.0):
        before = self.watcher.read()
        self.later(mhz, busy)
        return self.watcher.judge(before, self.watcher.read())


@pytest.fixture
def cores(tree):
    return Cores(tree).later(mhz=3000)


def test_a_clock_at_load_that_stays_is_clean(cores):
    assert [cores.judge(mhz) for mhz in (3000, 2900, 2400)] == ["clean"] * 3


def test_a_clock_at_load_below_three_quarters_of_the_highest_is_throttled(cores):
    assert cores.judge(3000) == "clean"
    assert cores.judge(2200) == "throttled"
    assert cores.judge(2300) == "clean"


def test_a_core_that_idles_is_slow_on_purpose(cores):
    cores.judge(3000)

    assert cores.judge(800, busy=0.2) == "clean"


def test_the_highest_clock_of_a_core_that_idles_is_not_that_at_load(cores):
    cores.judge(4500, busy=0.1)

    assert cores.judge(3000) == "clean"


def test_a_core_that_got_too_hot_is_throttled_whatever_its_clock(cores):
    cores.write(f"{CPU}/cpu0/thermal_throttle/core_throttle_count", "3\n")
    before = cores.watcher.read()
    cores.later(3000).write(f"{CPU}/cpu0/thermal_throttle/core_throttle_count", "4\n")

    assert cores.watcher.judge(before, cores.watcher.read()) == "throttled"


def test_an_active_cooling_device_throttles(cores):
    folder = "sys/class/thermal/cooling_device0"
    cores.write(f"{folder}/type", "thermal-cpufreq-0\n").write(f"{folder}/cur_state", "0\n")
    calm = cores.judge(1500)
    cores.write(f"{folder}/cur_state", "2\n")

    assert calm == "clean"
    assert cores.judge(1500) == "throttled"


def test_a_fan_that_turns_does_not_throttle(cores):
    folder = "sys/class/thermal/cooling_device0"
    cores.write(f"{folder}/type", "pwm-fan\n").write(f"{folder}/cur_state", "3\n")

    assert cores.judge(3000) == "clean"


def test_a_machine_that_tells_nothing_is_unread(tree):
    tree.write("proc/stat", "cpu0 1 0 0 0 0 0 0 0\n")

    assert CoreClocks(tree.root, cores=[0]).read() is None


def test_counters_alone_are_enough_to_read(tree):
    tree.write(f"{CPU}/cpu0/thermal_throttle/core_throttle_count", "0\n")
    watcher = CoreClocks(tree.root, cores=[0])

    assert watcher.judge(watcher.read(), watcher.read()) == "clean"


def test_three_quarters_of_the_highest_clock_is_not_yet_far_below():
    peak = Peak()

    assert [peak.fell(mhz) for mhz in (1000.0, 750.0, 749.0)] == [False, False, True]
