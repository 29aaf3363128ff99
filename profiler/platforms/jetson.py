"""
Which Jetson this is: module, serial number and releases, from files every user may read.

The module computes, not the carrier board, and its number is in the device tree's ``compatible``:
``nvidia,p3768-0000+p3767-0005-super`` is module P3767-0005 on carrier P3768.  The tree's ``model``
changes with the software ("... Developer Kit Super" since JetPack 6.1) and names nothing here
unless the module is unknown.  Numbers: NVIDIA Jetson Linux Developer Guide, Quick Start.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from profiler.platforms.files import read_text

MODULES = {
    "p2180-1000": "jetson tx1",
    "p2888-0001": "jetson agx xavier 16gb",
    "p2888-0003": "jetson agx xavier 32gb",
    "p2888-0004": "jetson agx xavier 32gb",
    "p2888-0005": "jetson agx xavier 64gb",
    "p2888-0006": "jetson agx xavier 8gb",
    "p2888-0008": "jetson agx xavier industrial",
    "p3310-1000": "jetson tx2",
    "p3448-0000": "jetson nano 4gb",
    "p3448-0002": "jetson nano 4gb",
    "p3448-0003": "jetson nano 2gb",
    "p3489-0000": "jetson tx2i",
    "p3489-0888": "jetson tx2 4gb",
    "p3636-0001": "jetson tx2 nx",
    "p3668-0000": "jetson xavier nx 8gb",
    "p3668-0001": "jetson xavier nx 8gb",
    "p3668-0003": "jetson xavier nx 16gb",
    "p3701-0000": "jetson agx orin",
    "p3701-0004": "jetson agx orin 32gb",
    "p3701-0005": "jetson agx orin 64gb",
    "p3701-0008": "jetson agx orin industrial",
    "p3767-0000": "jetson orin nx 16gb",
    "p3767-0001": "jetson orin nx 8gb",
    "p3767-0003": "jetson orin nano 8gb",
    "p3767-0004": "jetson orin nano 4gb",
    "p3767-0005": "jetson orin nano 8gb",
    "p3834-0008": "jetson agx thor",
}
"""Number of a module to what it is; a kit's module and the one sold alone are of one kind."""

DRESSING = re.compile(r"nvidia|engineering reference|developer kit|\bsuper\b|/.*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Releases:
    """
    Releases of a Jetson's software.

    Args:
        l4t: of Jetson Linux, such as ``36.4.3``; None where it is not told.
        jetpack: of the JetPack packages, such as ``6.2``; None where they are not installed.
    """

    l4t: str | None
    jetpack: str | None


def is_jetson(root: Path = Path("/")) -> bool:
    """Tell a board with a Tegra chip of NVIDIA."""
    return any(re.fullmatch(r"nvidia,tegra\d+", name) for name in _compatible(root))


def jetson_module(root: Path = Path("/")) -> str | None:
    """Return what the module is, such as ``nvidia jetson orin nano 8gb``; None on other boards."""
    if not is_jetson(root):
        return None
    numbers = re.findall(r"p\d{4}-\d{4}", " ".join(_compatible(root)))
    known = next((MODULES[number] for number in numbers if number in MODULES), None)
    told = DRESSING.sub(" ", read_text(root / "proc/device-tree/model") or "")
    named = known or " ".join(told.lower().split())
    return f"nvidia {named if 'jetson' in named else f'jetson {named}'.strip()}"


def releases(root: Path = Path("/")) -> Releases:
    """Return the releases of a Jetson's software."""
    packages = _packages(root)
    told = read_text(root / "etc/nv_tegra_release") or ""
    found = re.search(r"# R(\d+) \(release\), REVISION: ([\d.]+)", told)
    l4t = f"{found[1]}.{found[2]}" if found else packages.get("nvidia-l4t-core")
    return Releases(l4t=l4t, jetpack=packages.get("nvidia-jetpack"))


def _packages(root: Path) -> dict[str, str]:
    """Return the versions of two packages, without what their packagers append."""
    status = read_text(root / "var/lib/dpkg/status") or ""
    found = {}
    for name in ("nvidia-l4t-core", "nvidia-jetpack"):
        entry = re.search(rf"^Package: {name}$(.*?)(?:^$|\Z)", status, re.MULTILINE | re.DOTALL)
        version = entry and re.search(r"^Version: ([\d.]+)", entry[1], re.MULTILINE)
        if version:
            found[name] = version[1]
    return found


def _compatible(root: Path) -> list[str]:
    return (read_text(root / "proc/device-tree/compatible") or "").split("\0")
