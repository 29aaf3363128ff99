"""The systemd unit and the environment it reads, from the template packaged beside this module."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from device_agents.install.files import MARK
from device_agents.install.places import SERVICE, TOKEN

DEVICE_GROUPS = ("video", "render")
"""Groups that own the device files of GPUs, where a distribution has them."""

NICE = -10
"""The least niceness an agent may give itself with ``--allow-priority``."""


def render_unit(program: Path, groups: Sequence[str], *, allow_priority: bool) -> str:
    """
    Return the text of the unit.

    Args:
        program: the ``hna`` it runs.
        groups: further groups of the agent; each must exist, or systemd refuses to start it.
        allow_priority: whether the agent may raise its own priority.
    """
    values = {
        "@MARK@": MARK,
        "@PROGRAM@": str(program),
        "@GROUPS@": " ".join(groups),
        "@NICE@": str(NICE if allow_priority else 0),
    }
    text = files("device_agents.install").joinpath(SERVICE).read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def render_environment(server: str, options: Sequence[str], *, with_token: bool) -> str:
    """
    Return the text of the file the unit reads its environment from.

    Args:
        server: address of the server.
        options: further options of ``hna agent``, without white space or quotes in them.
        with_token: whether the agent shows a token.
    """
    lines = [MARK, f"HNA_SERVER={server}"]
    if with_token:
        lines.append(f"HNA_TOKEN_FILE={TOKEN}")
    if options:
        lines.append(f'HNA_AGENT_OPTIONS="{" ".join(options)}"')
    return "\n".join(lines) + "\n"
