"""The caches of a processor, as the kernel describes them."""

from __future__ import annotations

import re
from pathlib import Path

from profiler.platforms.files import read_text

UNITS = {"": 1, "K": 2**10, "M": 2**20}


def last_level_bytes(root: Path = Path("/")) -> int | None:
    """Return the size of the largest cache of the first core; None where it is not told."""
    found = (root / "sys/devices/system/cpu/cpu0/cache").glob("index*/size")
    sizes = [size for path in found if (size := _bytes(read_text(path))) is not None]
    return max(sizes, default=None)


def _bytes(text: str | None) -> int | None:
    found = re.fullmatch(r"(\d+)([KM]?)", text or "")
    return int(found[1]) * UNITS[found[2]] if found else None
