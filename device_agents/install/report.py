"""What is installed of an agent, and whether it is all of it."""

from __future__ import annotations

import stat
from dataclasses import dataclass

from device_agents.install.accounts import account
from device_agents.install.places import USER, Places
from device_agents.install.removal import reports_waiting
from device_agents.install.service import state


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationStatus:
    """
    What of an installation is there.

    Args:
        present: its parts that are there.
        missing: its parts that are not.
        server: address the agent works for; None where the configuration is not there.
        service: what systemd says; None for a tree that is not the running machine.
        waiting: reports the server does not have yet; None where they cannot be counted.
    """

    present: tuple[str, ...]
    missing: tuple[str, ...]
    server: str | None
    service: str | None
    waiting: int | None

    @property
    def verdict(self) -> str:
        """``installed``, ``half installed`` or ``not installed``."""
        if not self.missing:
            return "installed"
        only_leftovers = set(self.present) <= {f"user {USER}", "state"}
        return "not installed" if only_leftovers else "half installed"


def look(places: Places) -> InstallationStatus:
    """Return what is installed in *places*; change nothing."""
    settings = _settings(places)
    parts = {
        f"user {USER}": account(places.root) is not None,
        "state": places.state.is_dir(),
        "configuration": bool(settings),
        "unit": places.unit.is_file(),
        "start with the machine": places.wanted.is_symlink(),
    }
    if "HNA_TOKEN_FILE" in settings:
        parts["token"] = places.token.is_file() and _is_private(places)
    return InstallationStatus(
        present=tuple(name for name, there in parts.items() if there),
        missing=tuple(name for name, there in parts.items() if not there),
        server=settings.get("HNA_SERVER"),
        service=state() if places.live else None,
        waiting=reports_waiting(places.state),
    )


def _is_private(places: Places) -> bool:
    """Return whether only its owner may read the token: agents refuse one that others can."""
    return not stat.S_IMODE(places.token.stat().st_mode) & 0o077


def _settings(places: Places) -> dict[str, str]:
    try:
        lines = places.config.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    pairs = (line.partition("=") for line in lines if not line.startswith("#"))
    return {name: value for name, _, value in pairs}
