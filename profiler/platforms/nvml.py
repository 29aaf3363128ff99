"""
NVIDIA GPUs as the driver's management library (NVML) tells them.

The only module that loads ``pynvml`` (package nvidia-ml-py).  Nobody imports it by statement; see
``profiler.platforms.gpu.open_gpus``.  A function a driver or a GPU does not have is None, as is
every other reading that fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pynvml

from profiler.errors import InstrumentUnavailable
from profiler.platforms.gpu import Gpu, GpuFacts, GpuState, throttle_reasons

T = TypeVar("T")

POLICIES = (
    pynvml.NVML_PERF_POLICY_POWER,
    pynvml.NVML_PERF_POLICY_THERMAL,
    pynvml.NVML_PERF_POLICY_BOARD_LIMIT,
)
"""Whose violation times count as being held down."""


class NvmlGpu:
    """
    A GPU the library knows.

    Args:
        handle: of the library, which stays initialised until the process ends.
    """

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self.facts = GpuFacts(
            name=pynvml.nvmlDeviceGetName(handle),
            uuid=pynvml.nvmlDeviceGetUUID(handle),
            memory_bytes=self._ask(lambda h: int(pynvml.nvmlDeviceGetMemoryInfo(h).total)),
            driver=_told(pynvml.nvmlSystemGetDriverVersion),
            cuda=_told(_cuda_version),
            power_limit_w=self._ask(lambda h: pynvml.nvmlDeviceGetEnforcedPowerLimit(h) / 1e3),
            persistence=self._ask(lambda h: bool(pynvml.nvmlDeviceGetPersistenceMode(h))),
        )

    def state(self) -> GpuState:
        """Read clock, load, temperature, what holds clocks down, and who computes."""
        return GpuState(
            clock_mhz=self._ask(
                lambda h: float(pynvml.nvmlDeviceGetClockInfo(h, pynvml.NVML_CLOCK_SM))
            ),
            load=self._ask(lambda h: pynvml.nvmlDeviceGetUtilizationRates(h).gpu / 100),
            temperature_c=self._ask(
                lambda h: float(pynvml.nvmlDeviceGetTemperature(h, pynvml.NVML_TEMPERATURE_GPU))
            ),
            reasons=self._reasons(),
            held_down_s=self._held_down_s(),
            processes=self._ask(
                lambda h: tuple(p.pid for p in pynvml.nvmlDeviceGetComputeRunningProcesses(h))
            ),
        )

    def joules(self) -> float | None:
        """Return the energy counter."""
        return self._ask(lambda h: pynvml.nvmlDeviceGetTotalEnergyConsumption(h) / 1e3)

    def watts(self) -> float | None:
        """Return what it draws; on Ampere and later the mean of the last second."""
        return self._ask(lambda h: pynvml.nvmlDeviceGetPowerUsage(h) / 1e3)

    def _reasons(self) -> tuple[str, ...] | None:
        bits = self._ask(pynvml.nvmlDeviceGetCurrentClocksEventReasons)
        if bits is None:  # drivers before 535 know the function by its old name only
            bits = self._ask(pynvml.nvmlDeviceGetCurrentClocksThrottleReasons)
        return None if bits is None else throttle_reasons(bits)

    def _held_down_s(self) -> float | None:
        told = [time for policy in POLICIES if (time := self._violation_ns(policy)) is not None]
        return sum(told) / 1e9 if told else None

    def _violation_ns(self, policy: int) -> int | None:
        return self._ask(
            lambda h: int(pynvml.nvmlDeviceGetViolationStatus(h, policy).violationTime)
        )

    def _ask(self, question: Callable[[Any], T]) -> T | None:
        return _told(lambda: question(self._handle))


def open_gpus() -> tuple[Gpu, ...]:
    """Return the GPUs; see ``profiler.platforms.gpu``."""
    try:
        pynvml.nvmlInit()
        count = pynvml.nvmlDeviceGetCount()
        return tuple(NvmlGpu(pynvml.nvmlDeviceGetHandleByIndex(n)) for n in range(count))
    except pynvml.NVMLError_LibraryNotFound as error:
        raise InstrumentUnavailable(
            "no NVIDIA driver: libnvidia-ml.so.1 was not found; GPUs cannot be read"
        ) from error
    except pynvml.NVMLError as error:
        raise InstrumentUnavailable(f"NVIDIA's driver cannot be asked: {error}") from error


def _told(question: Callable[[], T]) -> T | None:
    try:
        return question()
    except pynvml.NVMLError:
        return None


def _cuda_version() -> str:
    number = pynvml.nvmlSystemGetCudaDriverVersion_v2()
    return f"{number // 1000}.{number % 1000 // 10}"
