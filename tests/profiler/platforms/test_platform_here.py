"""The instruments, settings and description of a machine and of what sits in it."""

from dataclasses import replace

import pytest

from profiler.backends.cuda.device import gpu_fingerprint
from profiler.errors import InstrumentUnavailable
from profiler.measurement import Conditions
from profiler.measuring.instruments import Instruments
from profiler.measuring.watchers.watch import Watch
from profiler.platforms import description, here
from profiler.platforms.gpu import GpuFacts, GpuState
from profiler.platforms.here import describe, instruments_for, settings
from profiler.platforms.linux import identify

UUID = "GPU-01234567-89ab-cdef-0123-456789abcdef"
CPU_WATCHERS = ["cpu steal", "run queue", "other processes", "cpu clocks"]


class RecordedGpu:
    """A GPU that was at work."""

    def __init__(self, uuid=UUID):
        self.facts = GpuFacts(
            name="NVIDIA H100 80GB HBM3",
            uuid=uuid,
            memory_bytes=85520809984,
            driver="570.86.15",
            cuda="12.8",
            power_limit_w=700.0,
            persistence=None,
        )

    def state(self):
        return GpuState(clock_mhz=1755.0, load=0.98, temperature_c=61.0, reasons=("sw_power_cap",))

    def joules(self):
        return 1234.5

    def watts(self):
        return 698.0


def drivers(monkeypatch, *gpus):
    """Let the driver of this machine know these GPUs; without any there is no driver."""

    def open_gpus():
        if not gpus:
            raise InstrumentUnavailable("no NVIDIA driver: libnvidia-ml.so.1 was not found")
        return gpus

    for module in (here, description):
        monkeypatch.setattr(module, "open_gpus", open_gpus)


@pytest.fixture
def card(xeon):
    """The device that is the recorded GPU, in a server."""
    machine = identify(xeon.root, "x86_64")
    return replace(machine, fingerprint=gpu_fingerprint(UUID), host_model=machine.model)


def names(instruments):
    return [watcher.watches for watcher in instruments.watchers]


def test_a_simulated_device_has_no_instruments(xeon):
    simulated = replace(identify(xeon.root, "x86_64"), simulated=True)

    assert instruments_for(simulated, xeon.root) == Instruments()
    assert settings(simulated, xeon.root) == ()


def test_a_processor_has_its_own_watchers_and_no_rail_nobody_may_read(xeon):
    instruments = instruments_for(identify(xeon.root, "x86_64"), xeon.root)

    assert names(instruments) == CPU_WATCHERS
    assert instruments.rails == ()
    assert instruments.conditions().clock_mhz == 1800.0


def test_a_gpu_has_those_of_its_machine_and_its_own(card, xeon, monkeypatch):
    drivers(monkeypatch, RecordedGpu(uuid="GPU-f" + UUID[5:]), RecordedGpu())

    instruments = instruments_for(card, xeon.root)

    assert names(instruments) == [*CPU_WATCHERS, "gpu clocks", "gpu processes"]
    assert [rail.name for rail in instruments.rails] == ["nvml:total"]


def test_the_conditions_of_a_gpu_are_recorded_beside_those_of_its_machine(card, xeon, monkeypatch):
    drivers(monkeypatch, RecordedGpu())

    conditions = instruments_for(card, xeon.root).conditions()

    assert conditions == Conditions(
        at=conditions.at,
        clock_mhz=1800.0,
        gpu_clock_mhz=1755.0,
        gpu_temperature_c=61.0,
        gpu_power_w=698.0,
        throttle_reasons=("sw_power_cap",),
    )


def test_the_only_gpu_is_taken_whatever_its_number(card, xeon, monkeypatch):
    drivers(monkeypatch, RecordedGpu(uuid="MIG-another"))

    assert "gpu clocks" in names(instruments_for(card, xeon.root))


@pytest.mark.parametrize("gpus", [(), (RecordedGpu("GPU-1"), RecordedGpu("GPU-2"))])
def test_a_gpu_nobody_can_watch_is_never_certified_clean(card, xeon, monkeypatch, gpus):
    drivers(monkeypatch, *gpus)

    blind = instruments_for(card, xeon.root).watchers[-1:]
    watch = Watch(blind)

    assert watch.state_since(watch.look("round")) == "unverified"
    assert watch.unread[0].startswith("gpu: no")


@pytest.mark.parametrize(
    ("board", "gpu_clock_mhz", "gpu_power_w"),
    [("nano", 640.0, 1.8), ("orin-nano", 612.0, None), ("thor", 1386.0, 12.0)],
)
def test_a_jetson_has_its_rails_its_watcher_and_its_gpu(jetson, board, gpu_clock_mhz, gpu_power_w):
    root = jetson(board).root

    instruments = instruments_for(identify(root, "aarch64"), root)
    conditions = instruments.conditions()

    assert names(instruments) == [*CPU_WATCHERS, "jetson clocks"]
    assert instruments.rails[0].name.startswith("ina3221:")
    assert (conditions.gpu_clock_mhz, conditions.gpu_power_w) == (gpu_clock_mhz, gpu_power_w)
    assert conditions.gpu_processes is None


def test_alerts_of_a_jetson_are_reasons(jetson):
    tree = jetson("orin-nano")
    conditions = instruments_for(identify(tree.root, "aarch64"), tree.root).conditions
    calm = conditions()
    tree.write("sys/class/thermal/cooling_device4/cur_state", "1")

    assert calm.throttle_reasons == ()
    assert conditions().throttle_reasons == ("gpu-throttle-alert",)


def test_settings_that_move_latencies_are_recorded(card, xeon, jetson, monkeypatch):
    drivers(monkeypatch, RecordedGpu())
    xeon.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n")

    assert settings(card, xeon.root) == (
        "governor=powersave",
        "gpu_cuda=12.8",
        "gpu_driver=570.86.15",
        "gpu_power_limit_w=700",
    )


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("cpufreq/boost", "1", "on"),
        ("cpufreq/boost", "0", "off"),
        ("intel_pstate/no_turbo", "1", "off"),
    ],
)
def test_whether_cores_may_boost_is_a_setting(xeon, path, value, told):
    xeon.write(f"sys/devices/system/cpu/{path}", f"{value}\n")

    assert settings(identify(xeon.root, "x86_64"), xeon.root) == (f"boost={told}",)


def test_settings_of_a_jetson_name_its_releases(jetson):
    root = jetson("orin-nano").root

    assert settings(identify(root, "aarch64"), root) == (
        "gpu_governor=nvhost_podgov",
        "jetpack=6.2",
        "l4t=36.4.3",
    )


def test_a_machine_that_tells_little_is_described_with_the_reasons(xeon, monkeypatch):
    drivers(monkeypatch)

    assert describe(xeon.root) == (
        "cores: of one kind",
        "governor: not told here",
        "core clocks: not told here",
        "cores too hot since boot: not told here",
        "cores held down by: not told here",
        "energy: rapl: the kernel offers no package to count (a virtual machine?)",
        "GPU: no NVIDIA driver: libnvidia-ml.so.1 was not found",
    )


def test_a_gpu_is_described_by_what_it_tells(xeon, monkeypatch):
    drivers(monkeypatch, RecordedGpu())

    assert describe(xeon.root)[-4:] == (
        "GPU: NVIDIA H100 80GB HBM3, driver 570.86.15, CUDA 12.8, power limit 700.0 W",
        "GPU clock: 1755 MHz, load 98%, 698.0 W",
        "GPU held down by: sw_power_cap",
        "energy: nvml:total can be counted",
    )


def test_a_jetson_is_described_by_its_mode_and_its_rails(jetson, monkeypatch):
    drivers(monkeypatch)

    lines = describe(jetson("orin-nano").root)

    assert "Jetson Linux 36.4.3, JetPack 6.2" in lines
    assert "power mode: 15w" in lines
    assert "GPU clock: 612 MHz of 612 MHz, load 99%" in lines
    assert "memory clock: not told here" in lines
    assert "GPU held down by: nothing" in lines
    assert "under-voltage and over-current events since boot: 37" in lines
    assert "energy: ina3221:VDD_IN can be counted" in lines


def test_this_machine_can_be_described():
    assert describe()[0].startswith("cores: ")
