"""What an installation consists of, and whether one can be made as asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from device_agents.install.accounts import SystemUser, groups_among
from device_agents.install.files import Folder, Link, TextFile
from device_agents.install.places import SERVICE, USER, Places
from device_agents.install.service import Service
from device_agents.install.step import Step
from device_agents.install.unit import DEVICE_GROUPS, render_environment, render_unit
from profiler.errors import InstallRefused

PLAIN = re.compile(r"[\w./:=,+@%-]+", re.ASCII)
"""An option that passes through systemd's environment files and word splitting unchanged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """
    An agent as it shall be installed.

    Args:
        places: where.
        program: the ``hna`` the service runs.
        server: address of the server.
        token: what the agent shows it; None where it asks for none.
        options: further options of ``hna agent``.
        allow_priority: whether the agent may raise its own priority.

    Raises:
        InstallRefused: the address is none, or an option cannot be carried by systemd.
    """

    places: Places
    program: Path
    server: str
    token: str | None = field(repr=False)
    options: Sequence[str]
    allow_priority: bool

    def __post_init__(self) -> None:
        require_address(self.server)
        for word in (str(self.program), *self.options):
            if not PLAIN.fullmatch(word):
                raise InstallRefused(
                    f"{word!r} cannot be part of a systemd unit: use letters, digits and "
                    "./:=,+@%-_ only"
                )


def steps_of(asked: Installation) -> tuple[Step, ...]:
    """Return what has to hold, in the order things need each other."""
    places, root = asked.places, asked.places.root
    steps: list[Step] = [
        SystemUser(root=root),
        Folder(path=places.state, root=root, mode=0o700, owner=USER),
        *_files(asked),
        Link(path=places.wanted, to=f"../{SERVICE}"),
    ]
    if places.live:
        steps.append(Service(restart=not all(step.holds() for step in steps)))
    return tuple(steps)


def _files(asked: Installation) -> list[Step]:
    """Return the token before what needs it, the unit last."""
    places, root = asked.places, asked.places.root
    found: list[Step] = []
    if asked.token is not None:
        text = f"{asked.token}\n"
        found.append(
            TextFile(path=places.token, root=root, text=text, mode=0o600, owner=USER, marked=False)
        )
    environment = render_environment(
        asked.server, asked.options, with_token=asked.token is not None
    )
    unit = render_unit(
        asked.program, groups_among(root, DEVICE_GROUPS), allow_priority=asked.allow_priority
    )
    for path, text in ((places.config, environment), (places.unit, unit)):
        found.append(TextFile(path=path, root=root, text=text, mode=0o644, owner="root"))
    return found


def require_address(server: str) -> None:
    """
    Check that *server* is an address of a server.

    Raises:
        InstallRefused: it is not.
    """
    try:
        parts = urlsplit(server)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not PLAIN.fullmatch(server.replace("[", "").replace("]", "")):
        raise InstallRefused(
            f"{server!r} is no address of a server; one looks like http://192.168.1.10:8765"
        )
