"""Numbers, times and states as people read them: the filters of the templates.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from markupsafe import Markup

from profiler.pictures.canvas import grouped, percent

STEPS = ((60.0, "s"), (60.0, "min"), (24.0, "h"), (365.0, "d"))
"""How many of each unit make one of the next; what is more is years."""

TINTS = 16
"""How many tints a heat map has."""


def moment_of(at: str) -> datetime:
    """Return the time that ISO 8601 text names; UTC where it names no zone."""
    moment = datetime.fromisoformat(at)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def age(at: str, now: datetime) -> str:
    """
    Return how long ago *at* was.

    >>> age("2026-11-22T12:00:00+00:00", datetime(2026, 11, 22, 14, 30, tzinfo=UTC))
    '2 h ago'
    """
    left = (now - moment_of(at)).total_seconds()
    if left < 1:
        return "just now"
    for size, unit in STEPS:
        if left < size:
            return f"{int(left)} {unit} ago"
        left /= size
    return f"{int(left)} y ago"


def time_tag(at: str | None, now: datetime) -> Markup:
    """Return *at* as a ``<time>``: how long ago, and the moment itself where one points at it."""
    if not at:
        return Markup('<span class="muted">never</span>')
    try:
        moment = moment_of(at)
    except ValueError:
        return Markup("<span>{}</span>").format(at)
    shown = moment.strftime("%d %b %Y %H:%M UTC")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(timespec="seconds"), shown, age(at, now)
    )


def microseconds(value: float | None) -> str:
    """Return a latency with its unit, or that it is unknown."""
    return "unknown" if value is None else f"{grouped(value)}\u202fµs"


def share(value: float | None, digits: int = 1) -> str:
    """Return a share as a percentage, or that it is unknown."""
    return "unknown" if value is None else percent(value, digits)


def signed(value: float, digits: int = 1) -> str:
    """
    Return a relative change with its sign.

    >>> signed(0.034), signed(-0.5)
    ('+3.4\u202f%', '−50.0\u202f%')
    """
    return percent(value, digits).replace("-", "−") if value < 0 else "+" + percent(value, digits)


def tint(part: float) -> str:
    """
    Return the class of a square that is *part* of the way from the smallest to the largest.

    >>> tint(0.0), tint(1.0)
    ('h0', 'h15')
    """
    return f"h{min(TINTS - 1, int(part * TINTS))}"


def path(text: str) -> str:
    """Return *text* as one segment of an address."""
    return quote(text, safe="@")


def asked(values: Mapping[str, object]) -> str:
    """Return the part of an address behind its path; what is empty is left out."""
    given = {name: value for name, value in values.items() if value not in (None, "")}
    return "?" + urlencode(given) if given else ""
