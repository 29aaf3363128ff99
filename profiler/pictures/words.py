"""What is unknown of a row, in words: never a zero, never an empty place."""

from __future__ import annotations

from profiler.table import Entry

UNKNOWN = "unknown"


def interval_text(entry: Entry, digits: int = 1) -> str:
    """Return both ends of an entry's 90 % interval in microseconds, or that it is unknown."""
    if entry.interval_us is None:
        return UNKNOWN
    low_us, high_us = entry.interval_us
    return f"{low_us:.{digits}f} - {high_us:.{digits}f}"


def count_text(samples: int | None) -> str:
    """Return how many samples there are, or that it is unknown."""
    return UNKNOWN if samples is None else str(samples)
