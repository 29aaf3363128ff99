"""The squares of a heat map as a page shows them: number, doubt, tint, and what to say of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lut_server.web.rows import digest_of
from lut_server.web.words import tint
from profiler.pictures.canvas import grouped, percent
from profiler.pictures.heat_map import HeatMap, SlotRow, Square
from profiler.pictures.shade import Shade
from profiler.pictures.words import count_text, interval_text
from profiler.table import Entry

WIDE_INTERVAL = 0.10
"""Half a width above which an interval is a doubt, relative to the latency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """
    One square.

    Args:
        tint: its class.
        number: the latency, in microseconds.
        half: half the width of its interval, relative.
        digest: by which its page is named.
        told: what is said of it, line by line, where one points at it or comes by keyboard.
        doubtful: whether it is marked.
    """

    tint: str
    number: str
    half: str
    digest: str
    told: tuple[str, ...]
    doubtful: bool


def squares_of(shown: HeatMap, rows: Sequence[SlotRow]) -> list[list[Shown | None]]:
    """Return the squares of *rows*, tinted among all of the map; None where one is missing."""
    shade = Shade(s.entry.latency_us for row in shown.rows for s in row.squares if s.entry)
    return [[_square(row, square, shade) for square in row.squares] for row in rows]


def doubt_of(entry: Entry) -> tuple[str, bool]:
    """Return half the width of an entry's interval, relative, and whether to doubt the entry."""
    if entry.interval_us is None or not entry.latency_us:
        return "±?", True
    low_us, high_us = entry.interval_us
    half = (high_us - low_us) / 2 / entry.latency_us
    doubtful = half > WIDE_INTERVAL or bool(entry.warnings) or entry.value_kind != "measured"
    return f"±{percent(half, 1)}", doubtful


def told_of(entry: Entry) -> tuple[str, ...]:
    """Return what is said of an entry: its interval, its source, its doubts."""
    sessions = f"{entry.sessions} session{'s' if entry.sessions != 1 else ''}"
    source = f"{entry.value_kind}: {count_text(entry.samples)} samples in {sessions}"
    warnings = (f"doubts: {', '.join(entry.warnings)}",) if entry.warnings else ()
    return (f"90 % interval {interval_text(entry)} µs", source, *warnings)


def _square(row: SlotRow, square: Square, shade: Shade) -> Shown | None:
    entry = square.entry
    if entry is None:
        return None
    half, doubtful = doubt_of(entry)
    cells = f"cell {', '.join(row.cells)}: " if row.cells else ""
    return Shown(
        tint=tint(shade(entry.latency_us)),
        number=grouped(entry.latency_us),
        half=half,
        digest=digest_of(square.key),
        told=(f"{cells}{square.candidate}, {row.slot.where}", *told_of(entry)),
        doubtful=doubtful,
    )
