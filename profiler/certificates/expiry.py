"""
When a certificate is over: rows it rests on changed, other software, or age.

Rows are compared as two tables are (``profiler.table_diff``): one that changed beyond what its
intervals allow counts, one that was added or only measured again does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import log
from typing import NamedTuple

from profiler.operations import operation_digest
from profiler.table import Entry, Table
from profiler.table_diff import RowDiff, diff

STALE_AFTER = timedelta(days=90)
DIGITS = 12

OF_NO_RUNTIME = ("hna-nas", "numpy", "onnx", "python")
"""What does not run an operation, though it is recorded with each session."""


class CertifiedRow(NamedTuple):
    """
    A row a certificate rests on, as it was: hundreds of them stand in each, so they are short.

    The interval is that of the row; ``one_session`` is whether it holds no spread of sessions.
    """

    digest: str
    latency_us: float
    low_us: float | None
    high_us: float | None
    one_session: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Rows of a certificate that are not what they were."""

    changed: tuple[RowDiff, ...]
    gone: int
    of: int

    def __bool__(self) -> bool:
        return bool(self.changed or self.gone)


def certified_rows(rows: Iterable[Entry]) -> tuple[CertifiedRow, ...]:
    """Return *rows*, each once, as a certificate keeps them."""
    return tuple(
        CertifiedRow(
            digest=operation_digest(row.operation)[:DIGITS],
            latency_us=row.latency_us,
            low_us=row.low_us,
            high_us=row.high_us,
            one_session="session" in row.unseen,
        )
        for row in {row.key: row for row in rows}.values()
    )


def changed_rows(certified: Sequence[CertifiedRow], table: Table) -> Changed:
    """Return which of the rows a certificate rests on changed beyond their intervals."""
    now = {operation_digest(entry.operation)[:DIGITS]: entry for entry in table.entries}
    pairs = [(was, now[was.digest]) for was in certified if was.digest in now]
    before = replace(table, entries=tuple(_as_it_was(*pair) for pair in pairs))
    after = replace(table, entries=tuple(entry for _, entry in pairs))
    moved = [row for row in diff(before, after).rows if row.change in ("faster", "slower")]
    moved.sort(key=lambda row: -abs(log(row.ratio or 1.0)))
    return Changed(changed=tuple(moved), gone=len(certified) - len(pairs), of=len(certified))


def versions_that_matter(software: Iterable[str]) -> tuple[str, ...]:
    """Return those of ``name=version`` texts that can move a latency: runtimes, drivers, kernel."""
    return tuple(sorted({s for s in software if s.partition("=")[0] not in OF_NO_RUNTIME}))


def other_software(made_with: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    """Yield what newer sessions ran that the certificate was not made with, in words."""
    known: dict[str, list[str]] = {}
    for text in versions_that_matter(made_with):
        name, _, version = text.partition("=")
        known.setdefault(name, []).append(version)
    for text in versions_that_matter(now):
        name, _, version = text.partition("=")
        if version not in known.get(name, [version]):
            yield f"{name} {version} (made with {', '.join(known[name])})"


def is_old(created_at: str, now: datetime) -> bool:
    """Return whether a certificate made then is over by age."""
    return now > expires_at(created_at)


def expires_at(created_at: str) -> datetime:
    """Return when a certificate made then is over by age, if nothing ends it before."""
    return datetime.fromisoformat(created_at) + STALE_AFTER


def _as_it_was(was: CertifiedRow, now: Entry) -> Entry:
    return replace(
        now,
        latency_us=was.latency_us,
        low_us=was.low_us,
        high_us=was.high_us,
        unseen=("session",) if was.one_session else (),
        value_kind="measured",
    )
