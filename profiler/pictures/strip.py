"""Raw samples as they came: a strip of dots for each round, darker where many fall together."""

from __future__ import annotations

from collections.abc import Sequence

from profiler.measurement import Round
from profiler.pictures.axes import Scale, bounds
from profiler.pictures.canvas import Canvas, grouped

WIDTH, HEIGHT = 1060.0, 220.0
MOST_DOTS = 1_500
"""Samples that are drawn; of more, every n-th, so that a page stays small."""

GOOD = ("clean", "unverified")


def strip_svg(rounds: Sequence[Round]) -> str:
    """
    Return the samples of *rounds*, one column for each round, in the order taken.

    Rounds others disturbed are coloured; a short line is the median of its round.
    """
    every = [sample for part in rounds for sample in part.samples_us]
    step = max(1, -(-len(every) // MOST_DOTS))
    low, high = bounds(every)
    up = Scale(low=low, high=high, start=HEIGHT - 38, end=12)
    across = Scale(low=0.0, high=float(len(rounds)), start=70, end=WIDTH - 18)
    told = f"; every {step}th is drawn" if step > 1 else ""
    canvas = Canvas(WIDTH, HEIGHT, f"{len(every)} samples in {len(rounds)} rounds{told}")
    for tick in up.ticks(4):
        canvas.line((across.start, up(tick)), (across.end, up(tick)), "grid")
        canvas.text(across.start - 6, up(tick) + 4, grouped(tick), "muted small end")
    canvas.line((across.start, up.start), (across.end, up.start))
    for index, part in enumerate(rounds):
        _column(canvas, across, up, index, part, step)
    canvas.text(4, 10, "µs", "muted small")
    told = f"{len(rounds)} rounds, {len(every)} samples in the order taken{told}"
    canvas.text((across.start + across.end) / 2, HEIGHT - 8, told, "muted small middle")
    return canvas.render()


def _column(canvas: Canvas, across: Scale, up: Scale, index: int, part: Round, step: int) -> None:
    style = "dot" if part.state in GOOD else "bad"
    width = (across.end - across.start) / across.high
    shown = part.samples_us[::step]
    for number, sample in enumerate(shown):
        x = across(index) + width * (0.15 + 0.7 * (number + 0.5) / len(shown))
        canvas.add("circle", cx=x, cy=up(sample), r=1.9, class_=style)
    median = sorted(part.samples_us)[len(part.samples_us) // 2]
    left, right = across(index) + width * 0.1, across(index) + width * 0.9
    canvas.add(
        "line", x1=left, y1=up(median), x2=right, y2=up(median), class_="edge",
        tooltip=f"round {index + 1}, {part.state}: about {grouped(median)} µs",
    )  # fmt: skip
