"""The slowest operations of a table as bars with their intervals: a table at one glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from profiler.operations import operation_label
from profiler.pictures.axes import Scale
from profiler.pictures.canvas import Canvas, grouped
from profiler.pictures.words import count_text, interval_text
from profiler.table import Entry, Table

SHOWN = 24
WIDTH, LEFT, RIGHT = 860.0, 320.0, 90.0
BAR, TOP = 17.0, 10.0
LONGEST_LABEL = 46


def table_html(table: Table) -> str:
    """Return *table* for a notebook: what it is, what it holds, its slowest operations."""
    kinds = Counter(entry.value_kind for entry in table.entries)
    held = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()) or "no entries"
    made_up = " simulated" if table.simulated else " emulated" if table.emulated else ""
    heading = (
        f"<p><b>{escape(table.name)}</b>, version {escape(table.version)}:{made_up} {held}<br>"
        f"{escape(table.environment.label)}</p>"
    )
    return heading + (bars_svg(table.entries) if table.entries else "")


def bars_svg(entries: Sequence[Entry], shown: int = SHOWN) -> str:
    """Return the *shown* slowest of *entries* as bars; a line across an end is its interval."""
    slowest = sorted(entries, key=lambda entry: -entry.latency_us)[:shown]
    ends = [entry.interval_us or (0.0, entry.latency_us) for entry in slowest]
    high = max(max(end[1] for end in ends), slowest[0].latency_us, 1e-9)
    across = Scale(low=0.0, high=high, start=LEFT, end=WIDTH - RIGHT)
    told = f"the {len(slowest)} slowest of {len(entries)} operations, microseconds"
    canvas = Canvas(WIDTH, TOP + len(slowest) * BAR + 34, told)
    bottom = TOP + len(slowest) * BAR
    for tick in across.ticks(5):
        canvas.line((across(tick), TOP), (across(tick), bottom), "grid")
        canvas.text(across(tick), bottom + 13, grouped(tick), "muted small middle")
    for index, entry in enumerate(slowest):
        _bar(canvas, across, TOP + index * BAR, entry)
    canvas.text((LEFT + WIDTH - RIGHT) / 2, bottom + 29, told, "muted small middle")
    return canvas.render()


def _bar(canvas: Canvas, across: Scale, y: float, entry: Entry) -> None:
    label = operation_label(entry.operation)
    short = label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"
    canvas.text(LEFT - 6, y + BAR - 5, short, "small end")
    tooltip = (
        f"{entry.key}\n{entry.latency_us:.2f} us, 90 % interval {interval_text(entry)}, "
        f"{entry.value_kind} from {count_text(entry.samples)} samples"
    )
    length = max(across(max(entry.latency_us, 0.0)) - LEFT, 0.5)
    canvas.add(
        "rect", x=LEFT, y=y + 3, width=length, height=BAR - 6, class_="usual", tooltip=tooltip
    )  # fmt: skip
    if entry.interval_us is not None:
        low_us, high_us = (max(end, 0.0) for end in entry.interval_us)
        canvas.line((across(low_us), y + BAR / 2), (across(high_us), y + BAR / 2), "interval")
    marked = "" if entry.value_kind == "measured" and not entry.warnings else " !"
    canvas.text(WIDTH - RIGHT + 6, y + BAR - 5, grouped(entry.latency_us) + marked, "muted small")
