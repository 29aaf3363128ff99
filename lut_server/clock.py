"""The server's clock: a function, so that a test can move it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the time in UTC."""


def utc_now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """Return *moment* as ISO 8601 of fixed length, so that texts sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
