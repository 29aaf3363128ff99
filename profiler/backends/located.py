"""
A backend on this machine as it is set up: the same backend, and an environment that says more.

What the machine adds (power mode, which cores are used) belongs to no runtime, so it is added
here, once, for all of them.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from profiler.backends.port import Backend, Prepared
from profiler.device import Device, Environment
from profiler.measurement import Timer
from profiler.operations import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    What the machine adds to an environment.

    Args:
        power_mode: name of the power mode, or ``default``.
        options: ``name=value`` texts, such as ``cores=arm-cortex-a76``.
    """

    power_mode: str = "default"
    options: tuple[str, ...] = ()


def located(backend: Backend, place: Place) -> Backend:
    """Return *backend* with what *place* adds to its environment."""
    return backend if place == Place() else LocatedBackend(backend, place)


class LocatedBackend:
    """
    Another backend in a place.

    Args:
        backend: does the work.
        place: what the machine adds to its environment.
    """

    def __init__(self, backend: Backend, place: Place) -> None:
        self._backend = backend
        inner = backend.environment
        self.environment: Environment = replace(
            inner,
            power_mode=place.power_mode,
            options=tuple(sorted((*inner.options, *place.options))),
        )

    @property
    def name(self) -> str:
        """Name in the registry."""
        return self._backend.name

    @property
    def timer(self) -> Timer:
        """The clock it times with."""
        return self._backend.timer

    def device(self, machine: Device) -> Device:
        """Return the device the backend measures."""
        return self._backend.device(machine)

    def prepare(self, operation: Operation) -> AbstractContextManager[Prepared]:
        """Build; see the port."""
        return self._backend.prepare(operation)
