"""
The power mode of a Jetson, as ``nvpmodel`` keeps it on disk.

``/etc/nvpmodel.conf`` names the modes (``< POWER_MODEL ID=2 NAME=MODE_15W_6CORE >``) and
``/var/lib/nvpmodel/status`` says which was chosen last (``pmode:0002``).  A board without a status
is in the configuration's default.  The tool itself is not called: it needs root, and may ask.

A mode that was chosen is not always in force: where its service fails at boot, the status is
yesterday's.  So the GPU's highest clock is compared with the mode's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from profiler.platforms.files import read_text

CONFIGURATIONS = ("etc/nvpmodel.conf", "etc/nvpmodel/*.conf")
UNKNOWN = "unknown"
CHANGED = "-changed"
TOLERANCE = 0.05
"""Relative difference of clocks that is rounding: hardware has steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerMode:
    """
    A power mode.

    Args:
        name: such as ``15w`` or ``maxn-super``.
        gpu_max_mhz: highest clock it leaves the GPU; None where it sets none.
    """

    name: str
    gpu_max_mhz: float | None = None


def power_mode(root: Path = Path("/"), gpu_max_mhz: float | None = None) -> str:
    """
    Return the name of the power mode that is in force.

    Args:
        root: the system tree of a Jetson.
        gpu_max_mhz: highest clock the GPU may have now; None where that cannot be read.

    Returns:
        Such as ``15w``; ``15w-changed`` where the GPU's limit is not that of the mode; ``unknown``
        where nothing tells, so that its numbers name a table of their own.
    """
    chosen = _chosen(root)
    if chosen is None:
        return UNKNOWN
    limit = chosen.gpu_max_mhz
    changed = limit and gpu_max_mhz and abs(gpu_max_mhz / limit - 1) > TOLERANCE
    return f"{chosen.name}{CHANGED}" if changed else chosen.name


def _chosen(root: Path) -> PowerMode | None:
    text = _configuration(root)
    status = re.search(r"pmode:\s*(\d+)", read_text(root / "var/lib/nvpmodel/status") or "")
    default = re.search(r"^\s*<\s*PM_CONFIG\s+DEFAULT=(\d+)", text, re.MULTILINE)
    number = status or default
    if number is None:
        return None
    return _modes(text).get(int(number[1]), PowerMode(name=f"mode-{int(number[1])}"))


def _configuration(root: Path) -> str:
    """Return the configuration; where it is a link out of the tree, the only one there is."""
    linked = read_text(root / CONFIGURATIONS[0])
    if linked:
        return linked
    found = sorted(root.glob(CONFIGURATIONS[1]))
    return (read_text(found[0]) or "") if len(found) == 1 else ""


def _modes(text: str) -> dict[int, PowerMode]:
    """Return the modes by their number."""
    heads = r"^\s*<\s*POWER_MODEL\b([^>]*)>(.*?)(?=^\s*<|\Z)"
    modes = {}
    for attributes, body in re.findall(heads, text, re.MULTILINE | re.DOTALL):
        number, name = re.search(r"\bID=(\d+)", attributes), re.search(r"\bNAME=(\S+)", attributes)
        if number and name:
            modes[int(number[1])] = PowerMode(name=_slug(name[1]), gpu_max_mhz=_gpu_max_mhz(body))
    return modes


def _gpu_max_mhz(body: str) -> float | None:
    found = re.search(r"^GPU\s+MAX_FREQ\s+(\d+)\s*$", body, re.MULTILINE)
    return int(found[1]) / 1e6 if found else None


def _slug(name: str) -> str:
    """
    Return *name* as it stands in an environment.

    >>> _slug("MODE_15W_6CORE")
    '15w-6core'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower().removeprefix("mode_")).strip("-") or UNKNOWN
