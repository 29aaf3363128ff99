"""What the energy loop asks of a rail."""

from __future__ import annotations

from typing import Protocol


class Rail(Protocol):
    """
    A supply of the device whose energy can be counted.

    Some hardware counts energy itself (RAPL, NVML), some only tells power (INA3221): then
    ``joules`` integrates from call to call, and whoever measures calls it often.
    """

    @property
    def name(self) -> str:
        """What is counted, such as ``nvml:total``, ``rapl:package-0`` or ``ina3221:VDD_IN``."""
        ...

    @property
    def step_s(self) -> float:
        """Longest time between two calls for which ``joules`` is still right, in seconds."""
        ...

    @property
    def update_s(self) -> float:
        """Time between two updates of what is read, in seconds; a window lasts many of them."""
        ...

    def joules(self) -> float | None:
        """Return the energy counted so far, in joules; None where it cannot be read now."""
        ...
