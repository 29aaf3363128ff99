"""What the machine is doing, read from little trees of files."""

import os

from profiler.platforms.conditions import read_conditions

TICKS = os.sysconf("SC_CLK_TCK")


def test_what_cannot_be_read_is_none_and_never_zero(tmp_path):
    conditions = read_conditions(tmp_path)

    assert conditions.load_average is None
    assert conditions.steal_seconds is None
    assert conditions.busy_seconds is None
    assert conditions.clock_mhz is None
    assert conditions.temperature_c is None


def test_processor_times_are_seconds_and_idle_time_is_not_busy(tree):
    tree.write(
        "proc/stat", f"cpu  {4 * TICKS} {TICKS} {2 * TICKS} 900000 700 0 0 {3 * TICKS} 5 0\n"
    )

    conditions = read_conditions(tree.root)

    assert conditions.busy_seconds == 7.0
    assert conditions.steal_seconds == 3.0


def test_a_kernel_without_a_steal_column_says_nothing_about_steal(tree):
    tree.write("proc/stat", f"cpu  {TICKS} 0 0 0 0 0 0\n")

    conditions = read_conditions(tree.root)

    assert conditions.steal_seconds is None
    assert conditions.busy_seconds == 1.0


def test_load_is_the_one_minute_average(tree):
    tree.write("proc/loadavg", "0.52 0.60 0.70 1/123 4567\n")

    assert read_conditions(tree.root).load_average == 0.52


def test_the_clock_of_cpufreq_goes_before_that_of_cpuinfo(xeon):
    from_cpuinfo = read_conditions(xeon.root).clock_mhz
    xeon.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "600000\n")
    xeon.write("sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "1800000\n")

    assert from_cpuinfo == 1800.0
    assert read_conditions(xeon.root).clock_mhz == 1200.0


def test_temperature_is_that_of_the_hottest_plausible_zone(tree):
    tree.write("sys/class/thermal/thermal_zone0/temp", "48500\n")
    tree.write("sys/class/thermal/thermal_zone1/temp", "61250\n")
    tree.write("sys/class/thermal/thermal_zone2/temp", "-273000\n")
    tree.write("sys/class/thermal/thermal_zone3/temp", "not a number\n")

    assert read_conditions(tree.root).temperature_c == 61.25


def test_this_machine_has_been_busy_since_boot():
    conditions = read_conditions()

    assert conditions.busy_seconds is not None
    assert conditions.busy_seconds > 0
