"""Long lists in pages, by links that keep what else was asked.  Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from lut_server.web.words import asked

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Some(Generic[T]):
    """
    One page of a list.

    Args:
        items: what it shows.
        first: number of the first of them, from 1; 0 where there is none.
        total: how many there are on all pages.
        before: address of the page before; None on the first.
        after: address of the page after; None on the last.
    """

    items: Sequence[T]
    first: int
    total: int
    before: str | None
    after: str | None

    @property
    def last(self) -> int:
        """Number of the last item shown."""
        return self.first + len(self.items) - 1 if self.items else 0


def paged(
    items: Sequence[T], number: int, size: int, also: Mapping[str, object], name: str = "number"
) -> Some[T]:
    """
    Return page *number*, from 1, of *items*; beyond the last page, the last.

    Args:
        items: all of them.
        number: which page.
        size: how many make one.
        also: what else the address says, kept in the links.
        name: of the page number in the address.
    """
    at = min(max(number, 1), max(1, -(-len(items) // size)))
    return some_of(items[(at - 1) * size : at * size], len(items), at, size, also, name)


def some_of(
    items: Sequence[T],
    total: int,
    number: int,
    size: int,
    also: Mapping[str, object],
    name: str = "number",
) -> Some[T]:
    """Return page *number* whose *items* were looked up alone, of *total*."""
    skipped = (number - 1) * size
    return Some(
        items=items,
        first=skipped + 1 if items else 0,
        total=total,
        before=asked({**also, name: number - 1}) if number > 1 else None,
        after=asked({**also, name: number + 1}) if skipped + len(items) < total else None,
    )
