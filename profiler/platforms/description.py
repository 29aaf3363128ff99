"""What can be read of a machine, and why not the rest: lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from profiler.energy.sources import Rails, jetson_rails, nvidia_rails, processor_rails
from profiler.errors import InstrumentUnavailable
from profiler.platforms.cores import clusters
from profiler.platforms.cpu_clocks import (
    active_cooling,
    core_clocks_mhz,
    governors,
    throttle_count,
)
from profiler.platforms.cpulist import parse_cpulist
from profiler.platforms.files import read_text
from profiler.platforms.gpu import Gpu, open_gpus
from profiler.platforms.jetson import is_jetson, releases
from profiler.platforms.nvpmodel import power_mode
from profiler.platforms.tegra import emc_mhz, read_tegra

NOT_TOLD = "not told here"


def describe(root: Path = Path("/")) -> tuple[str, ...]:
    """Return what can be read of the machine whose tree is *root*, and why not the rest."""
    lines = [*_processor(root), *_rails(processor_rails(root))]
    if is_jetson(root):
        lines = [*_processor(root), *_jetson(root), *_rails(jetson_rails(root))]
    return (*lines, *_gpus())


def _processor(root: Path) -> Iterator[str]:
    kinds = clusters(root)
    present = parse_cpulist(read_text(root / "sys/devices/system/cpu/present") or "")
    clocks, count = core_clocks_mhz(present, root), throttle_count(present, root)
    cooling = active_cooling(root)
    yield f"cores: {', '.join(kinds) or 'of one kind'}"
    yield f"governor: {', '.join(governors(root)) or NOT_TOLD}"
    yield f"core clocks: {_range(list(clocks.values()))}"
    yield f"cores too hot since boot: {NOT_TOLD if count is None else f'{count} times'}"
    yield f"cores held down by: {_names(cooling)}"


def _jetson(root: Path) -> Iterator[str]:
    release, gpu = releases(root), read_tegra(root)
    yield f"Jetson Linux {release.l4t or NOT_TOLD}, JetPack {release.jetpack or NOT_TOLD}"
    yield f"power mode: {power_mode(root, gpu.max_mhz)}"
    yield f"GPU clock: {_mhz(gpu.clock_mhz)} of {_mhz(gpu.max_mhz)}, load {_share(gpu.load)}"
    yield f"memory clock: {_mhz(emc_mhz(root))}"
    yield f"GPU held down by: {_names(gpu.alerts)}"
    events = NOT_TOLD if gpu.events is None else str(gpu.events)
    yield f"under-voltage and over-current events since boot: {events}"


def _gpus() -> Iterator[str]:
    try:
        gpus = open_gpus()
    except InstrumentUnavailable as error:
        yield f"GPU: {error}"
        return
    for gpu in gpus:
        yield from _gpu(gpu)


def _gpu(gpu: Gpu) -> Iterator[str]:
    facts, state, watts = gpu.facts, gpu.state(), gpu.watts()
    yield (
        f"GPU: {facts.name}, driver {facts.driver or NOT_TOLD}, CUDA {facts.cuda or NOT_TOLD}, "
        f"power limit {_watts(facts.power_limit_w)}"
    )
    yield f"GPU clock: {_mhz(state.clock_mhz)}, load {_share(state.load)}, {_watts(watts)}"
    yield f"GPU held down by: {_names(state.reasons)}"
    yield from _rails(nvidia_rails(gpu))


def _rails(rails: Rails) -> Iterator[str]:
    for rail in rails.found:
        yield f"energy: {rail.name} can be counted"
    for reason in rails.absent:
        yield f"energy: {reason}"


def _names(names: tuple[str, ...] | None) -> str:
    return NOT_TOLD if names is None else ", ".join(names) or "nothing"


def _range(clocks_mhz: list[float]) -> str:
    if not clocks_mhz:
        return NOT_TOLD
    return f"{min(clocks_mhz):.0f} to {max(clocks_mhz):.0f} MHz"


def _mhz(clock_mhz: float | None) -> str:
    return NOT_TOLD if clock_mhz is None else f"{clock_mhz:.0f} MHz"


def _watts(watts: float | None) -> str:
    return NOT_TOLD if watts is None else f"{watts:.1f} W"


def _share(share: float | None) -> str:
    return NOT_TOLD if share is None else f"{share:.0%}"
