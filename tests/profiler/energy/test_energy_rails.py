"""Rails: counters that begin anew, power that is integrated, and what a machine offers."""

import pytest

from profiler.energy.rails import IntegratingRail, Unwrapped
from profiler.energy.sources import jetson_rails, nvidia_rails, processor_rails

ZONE = "sys/class/powercap/intel-rapl:0"


def rapl(tree, zone=ZONE, name="package-0", microjoules="1000000"):
    tree.write(f"{zone}/name", f"{name}\n").write(f"{zone}/energy_uj", f"{microjoules}\n")
    return tree.write(f"{zone}/max_energy_range_uj", "262143328850\n")


class RecordedGpu:
    def __init__(self, joules=None, watts=None):
        self.joules = lambda: joules
        self.watts = lambda: watts


def integrating(watts, seconds):
    return IntegratingRail(
        name="ina3221:VDD_IN",
        read_w=iter(watts).__next__,
        step_s=0.02,
        update_s=0.02,
        now_s=iter(seconds).__next__,
    )


def test_a_counter_that_begins_anew_goes_on():
    counter = Unwrapped(iter([90.0, 99.0, 4.0, 50.0, 1.0]).__next__, range_j=100.0)

    assert [counter() for _ in range(5)] == [90.0, 99.0, 104.0, 150.0, 201.0]


def test_a_reading_that_fails_does_not_begin_a_counter_anew():
    counter = Unwrapped(iter([90.0, None, 95.0]).__next__, range_j=100.0)

    assert [counter() for _ in range(3)] == [90.0, None, 95.0]


def test_power_is_integrated_by_trapezoids():
    rail = integrating(watts=[5.0, 5.0, 15.0], seconds=[10.0, 11.0, 13.0])

    assert [rail.joules() for _ in range(3)] == [0.0, 5.0, 25.0]


def test_a_stretch_nobody_could_read_is_not_counted():
    rail = integrating(watts=[5.0, None, 5.0, 5.0], seconds=[0.0, 1.0, 2.0, 3.0])

    assert [rail.joules() for _ in range(4)] == [0.0, None, 0.0, 5.0]


def test_a_processor_counts_its_package_over_the_end_of_the_counter(tree):
    (rail,) = processor_rails(rapl(tree).root).found
    before = rail.joules()
    rapl(tree, microjoules="262143000000")
    at_the_end = rail.joules()
    rapl(tree, microjoules="671150")

    assert rail.name == "rapl:package-0"
    assert before == 1.0
    assert at_the_end == 262143.0
    assert rail.joules() == pytest.approx(262144.0)  # 0.32885 J to its end and 0.67115 J more


def test_two_packages_are_counted_together_and_their_parts_not_twice(tree):
    rapl(rapl(tree), "sys/class/powercap/intel-rapl:1", "package-1", "3000000")
    rapl(tree, f"{ZONE}/intel-rapl:0:0", "core", "500000")
    rapl(tree, "sys/class/powercap/intel-rapl:0:0", "core", "500000")

    (rail,) = processor_rails(tree.root).found

    assert rail.name == "rapl:package-0+package-1"
    assert rail.joules() == 4.0


def test_a_counter_only_root_may_read_is_absent_with_its_reason(tree):
    rapl(tree)
    (tree.root / ZONE / "energy_uj").unlink()  # as unreadable as a file can be for root too

    rails = processor_rails(tree.root)

    assert rails.found == ()
    assert rails.absent == ("rapl:package-0: energy_uj cannot be read; only root may",)


def test_a_machine_without_counters_says_so(tree):
    rails = processor_rails(tree.root)

    assert rails.found == ()
    assert "no package to count" in rails.absent[0]


def test_a_gpu_that_counts_energy_is_asked_for_it():
    (rail,) = nvidia_rails(RecordedGpu(joules=12.0, watts=300.0)).found

    assert (rail.name, rail.joules()) == ("nvml:total", 12.0)


def test_a_gpu_that_tells_power_only_is_integrated():
    (rail,) = nvidia_rails(RecordedGpu(watts=300.0)).found

    assert rail.name == "nvml:power"
    assert rail.joules() == 0.0
    assert rail.joules() > 0.0


def test_a_gpu_that_tells_neither_has_no_rail():
    assert nvidia_rails(RecordedGpu()).absent == ("nvml: this GPU tells neither energy nor power",)


@pytest.mark.parametrize(
    ("board", "names"),
    [
        ("nano", ["POM_5V_IN", "POM_5V_CPU", "POM_5V_GPU"]),
        ("xavier-nx", ["VDD_IN", "VDD_CPU_GPU_CV", "VDD_SOC"]),
        ("orin-nano", ["VDD_IN", "VDD_CPU_GPU_CV", "VDD_SOC"]),
        ("orin-nx", ["VDD_IN", "VDD_CPU_GPU_CV"]),
        (
            "agx-orin",
            [
                "VDD_GPU_SOC+VDD_CPU_CV+VIN_SYS_5V0",
                "VDDQ_VDD2_1V8AO",
                "VDD_CPU_CV",
                "VDD_GPU_SOC",
                "VIN_SYS_5V0",
            ],
        ),
        ("thor", ["VIN", "VDD_CPU_SOC_MSS", "VDD_GPU"]),
    ],
)
def test_the_whole_module_comes_first_of_a_boards_rails(jetson, board, names):
    rails = jetson_rails(jetson(board).root)

    assert [rail.name for rail in rails.found] == [f"ina3221:{name}" for name in names]
    assert rails.absent == ()


@pytest.mark.parametrize(
    ("board", "watts"),
    [("nano", 5.2), ("xavier-nx", 12.0), ("orin-nano", 7.476), ("agx-orin", 17.0), ("thor", 41.5)],
)
def test_rails_are_integrated_in_watts_whatever_their_driver_counts(jetson, board, watts):
    rail = jetson_rails(jetson(board).root, now_s=iter([0.0, 1.0]).__next__).found[0]

    assert rail.joules() == 0.0
    assert rail.joules() == pytest.approx(watts)


def test_the_monitors_own_pace_is_kept(jetson):
    assert jetson_rails(jetson("orin-nano").root).found[0].update_s == 0.034


def test_a_board_whose_rails_nobody_knows_has_no_total(tree):
    hwmon = "sys/class/hwmon/hwmon0"
    tree.write(f"{hwmon}/name", "ina3221").write(f"{hwmon}/in1_label", "VDD_LEFT")
    tree.write(f"{hwmon}/in1_input", "5000").write(f"{hwmon}/curr1_input", "100")

    rails = jetson_rails(tree.root)

    assert [rail.name for rail in rails.found] == ["ina3221:VDD_LEFT"]
    assert rails.absent == ("ina3221: no rail is known to be the whole module",)


def test_a_monitor_that_stops_answering_is_unread(jetson):
    tree = jetson("orin-nx")
    rail = jetson_rails(tree.root).found[0]
    rail.joules()
    (tree.root / "sys/class/hwmon/hwmon4/curr1_input").unlink()

    assert rail.joules() is None
