"""The service of the running machine: started, restarted and stopped through ``systemctl``."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from device_agents.install.places import SERVICE
from device_agents.install.programs import run
from device_agents.install.step import Undo
from profiler.errors import InstallFailed, InstallRefused

RUNNING_SYSTEMD = Path("/run/systemd/system")
"""Is there while systemd runs a machine; see sd_booted(3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """
    The step that has the service run as the files say.

    Args:
        restart: whether the files changed, so that a running service is of yesterday.
        booted: the folder that is there while systemd runs the machine.
    """

    restart: bool
    booted: Path = RUNNING_SYSTEMD

    def __str__(self) -> str:
        return f"service {SERVICE}, running"

    def check(self) -> None:
        """See the port."""
        if not self.booted.is_dir():
            raise InstallRefused(
                "systemd does not run this machine; start the agent by what does, as in "
                "docs/boards.md, or prepare another tree with --root"
            )

    def holds(self) -> bool:
        """See the port."""
        return not self.restart and state() == "active"

    def make(self) -> Undo:
        """See the port."""
        run("systemctl", "daemon-reload")
        try:
            run("systemctl", "restart", SERVICE)
        except InstallFailed:
            stop()
            raise
        return stop


def stop() -> None:
    """
    Stop the service where it runs.

    Raises:
        InstallFailed: systemd did not do it.
    """
    if state() not in ("inactive", "unknown"):
        run("systemctl", "stop", SERVICE)


def reload() -> None:
    """
    Have systemd read its units again.

    Raises:
        InstallFailed: systemd did not do it.
    """
    run("systemctl", "daemon-reload")


def state() -> str:
    """Return ``active``, ``failed``, ... as systemd says; ``unknown`` where nobody can be asked."""
    with suppress(InstallFailed):
        shown = run("systemctl", "show", "--property=ActiveState", "--value", SERVICE)
        return shown or "unknown"
    return "unknown"
