"""
Server-sent events as a client reads them (WHATWG HTML, 9.2), as far as this server sends them.

Comments, which only keep a connection alive, and fields without a meaning here are skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerEvent:
    """
    One event.

    Args:
        name: what happened; ``message`` where that is not said.
        data: its text.
    """

    name: str
    data: str


def events_in(lines: Iterable[str]) -> Iterator[ServerEvent]:
    """
    Yield the events of a stream; one that was cut off is none.

    >>> list(events_in(["event: finished", "data: {", "data: }", "", ": still here", "data: 1"]))
    [ServerEvent(name='finished', data='{\\n}')]
    """
    name, data = "", list[str]()
    for line in lines:
        field, _, value = line.rstrip("\n").partition(":")
        if not line.strip():
            if data:
                yield ServerEvent(name=name or "message", data="\n".join(data))
            name, data = "", []
        elif field == "event":
            name = value.removeprefix(" ")
        elif field == "data":
            data.append(value.removeprefix(" "))
