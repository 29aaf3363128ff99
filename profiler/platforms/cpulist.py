"""Lists of cores as the kernel writes them, such as ``0-3,6``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from profiler.errors import HnaError
from profiler.platforms.files import read_text


def parse_cpulist(text: str) -> frozenset[int]:
    """
    Return the cores *text* names.

    >>> sorted(parse_cpulist("0-2,5"))
    [0, 1, 2, 5]

    Raises:
        HnaError: that is no list of cores.
    """
    cores: set[int] = set()
    for part in filter(None, text.replace(" ", "").split(",")):
        found = re.fullmatch(r"(\d+)(?:-(\d+))?", part)
        if found is None:
            raise HnaError(f"{text!r} is no list of cores; write them like 0-3,6")
        cores.update(range(int(found[1]), int(found[2] or found[1]) + 1))
    return frozenset(cores)


def format_cpulist(cores: Iterable[int]) -> str:
    """
    Return *cores* as the kernel writes them.

    >>> format_cpulist([0, 1, 2, 5])
    '0-2,5'
    """
    ordered = sorted(set(cores))
    starts = [c for before, c in pairwise([-2, *ordered]) if c != before + 1]
    ends = [c for c, following in pairwise([*ordered, -2]) if following != c + 1]
    ranges = (str(a) if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True))
    return ",".join(ranges)


def siblings(cores: Iterable[int], root: Path = Path("/")) -> frozenset[int]:
    """Return *cores* and their hyper-thread siblings."""
    folder = root / "sys/devices/system/cpu"
    shared: set[int] = set(cores)
    for core in tuple(shared):
        text = read_text(folder / f"cpu{core}/topology/thread_siblings_list")
        shared |= parse_cpulist(text) if text else set()
    return frozenset(shared)
