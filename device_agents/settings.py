"""How an agent behaves; nothing is read, all is said."""

from __future__ import annotations

from dataclasses import dataclass, field

from device_agents.quiet import QuietSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """
    How an agent behaves.

    Args:
        poll_s: time between two questions for work, in seconds.
        idle_s: end after so long without work, in seconds; None is never.
        quiet: what to do about the machine while it is measured.
        health_s: time between two health checks, in seconds; None never checks.
        share_device: whether it may run beside another agent of its device on this machine.
        labels: by which campaigns may choose the device.
        target_error: error within which predictions of the rest will do, in campaigns that name
            none of their own, as a share; None measures all.
    """

    poll_s: float = 2.0
    idle_s: float | None = None
    quiet: QuietSettings = field(default_factory=QuietSettings)
    health_s: float | None = None
    share_device: bool = False
    labels: tuple[str, ...] = ()
    target_error: float | None = None
