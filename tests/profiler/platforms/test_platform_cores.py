"""Which kinds of core a machine has, and which of them are used."""

import os

import pytest

from profiler.errors import HnaError
from profiler.platforms.cores import clusters, fastest_cores, kinds_in_use
from profiler.platforms.here import this_place
from profiler.platforms.linux import identify

CPU = "sys/devices/system/cpu"


def cpuinfo(parts):
    return "\n".join(
        f"processor: {core}\nCPU implementer: 0x41\nCPU part: {part}\n"
        for core, part in enumerate(parts)
    )


def test_big_and_little_cores_are_told_apart(rock):
    assert clusters(rock.root) == ("0-3 arm-cortex-a55", "4-7 arm-cortex-a76")
    assert identify(rock.root, "aarch64").clusters == clusters(rock.root)


def test_clusters_whose_speed_differs_by_a_few_per_cent_are_one_kind(rock):
    assert kinds_in_use([4, 6], rock.root) == ("arm-cortex-a76",)


def test_the_kind_of_the_cores_in_use_is_part_of_the_environment(rock):
    assert this_place(rock.root, cores="4-5").options == ("cores=arm-cortex-a76",)
    assert this_place(rock.root, cores="3,4").options == ("cores=arm-cortex-a55+arm-cortex-a76",)


def test_the_cores_this_process_may_use_count_unless_others_are_named(rock, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {6})

    assert this_place(rock.root).options == ("cores=arm-cortex-a76",)


def test_a_machine_of_one_kind_adds_nothing(raspberry_pi, xeon):
    assert clusters(raspberry_pi.root) == ()
    assert this_place(raspberry_pi.root, cores="0").options == ()
    assert this_place(xeon.root, cores="0").options == ()


def test_a_core_that_is_switched_off_keeps_its_kind(rock):
    rock.write("proc/cpuinfo", cpuinfo(["0xd05"] * 4 + ["0xd0b"]))  # cores 5 to 7 are offline
    for core in (5, 6, 7):
        rock.write(f"{CPU}/cpu{core}/cpu_capacity", "1024\n")

    assert clusters(rock.root) == ("0-3 arm-cortex-a55", "4-7 arm-cortex-a76")


def test_cores_of_one_part_and_two_speeds_are_two_kinds_named_by_their_clock(tree):
    tree.write("proc/cpuinfo", cpuinfo(["0xd41"] * 4)).write(f"{CPU}/present", "0-3\n")
    for core, (capacity, khz) in enumerate([(800, 2_400_000)] * 3 + [(1024, 3_000_000)]):
        tree.write(f"{CPU}/cpu{core}/cpu_capacity", f"{capacity}\n")
        tree.write(f"{CPU}/cpu{core}/cpufreq/cpuinfo_max_freq", f"{khz}\n")

    assert clusters(tree.root) == ("0-2 arm-cortex-a78-2400mhz", "3 arm-cortex-a78-3000mhz")


def test_a_hybrid_x86_has_performance_and_efficiency_cores(xeon):
    xeon.write(f"{CPU}/present", "0-1\n")
    xeon.write("sys/devices/cpu_core/cpus", "0\n").write("sys/devices/cpu_atom/cpus", "1\n")

    assert clusters(xeon.root) == ("0 intel-core", "1 intel-atom")


def test_an_x86_whose_best_cores_turbo_a_little_higher_is_of_one_kind(xeon):
    xeon.write(f"{CPU}/present", "0-1\n")
    for core, khz in enumerate((5_000_000, 4_800_000)):
        xeon.write(f"{CPU}/cpu{core}/cpufreq/cpuinfo_max_freq", f"{khz}\n")

    assert clusters(xeon.root) == ()


def test_a_text_that_is_no_list_of_cores_is_refused(rock):
    with pytest.raises(HnaError, match="big cores"):
        this_place(rock.root, cores="big cores")


def test_clusters_do_not_change_with_clocks_and_load(rock):
    before = identify(rock.root, "aarch64")
    for core in range(8):
        rock.write(f"{CPU}/cpu{core}/cpufreq/scaling_cur_freq", "408000\n")

    assert identify(rock.root, "aarch64") == before


def test_the_fastest_kind_is_the_big_cluster(rock):
    assert fastest_cores(rock.root) == {4, 5, 6, 7}


def test_a_machine_of_equal_cores_has_no_fastest_kind(raspberry_pi):
    assert fastest_cores(raspberry_pi.root) is None
