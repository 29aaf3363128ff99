"""What a comparison of two tables found; ``comparing`` decides, this only counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Literal

Change = Literal["same", "faster", "slower", "ambiguous", "added", "removed"]
CHANGES: tuple[Change, ...] = ("slower", "faster", "added", "removed", "ambiguous", "same")

TOGETHER = 0.75
"""Share of a family beyond the band on one side, from which it moved together."""

FAMILY = 4
"""Rows of a family, at least, to say that it moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDiff:
    """
    What became of one operation.

    Args:
        key: of the operation.
        family: what it is, such as ``residual``.
        change: what can be said.
        before_us: its latency in the first table; None where it was added.
        after_us: in the second; None where it was removed.
        ratio: after by before; None where one is missing or zero.
        low: lower end of the ratio's 90 % interval; None where unknown.
        high: upper end; None where unknown.
        reason: why nothing could be said, where it is ``ambiguous``; else empty.
    """

    key: str
    family: str
    change: Change
    before_us: float | None = None
    after_us: float | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyMove:
    """
    A family whose rows went one way together.

    Args:
        family: its name.
        change: which way.
        rows: how many of its rows were compared.
        median_ratio: of them.
    """

    family: str
    change: Literal["faster", "slower"]
    rows: int
    median_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDiff:
    """
    Two tables side by side.

    Args:
        before: name and version of the first.
        after: of the second.
        tolerance: relative change that counted as the same.
        rows: every operation of either table, in the order of the keys.
    """

    before: tuple[str, str]
    after: tuple[str, str]
    tolerance: float
    rows: tuple[RowDiff, ...]

    @property
    def counts(self) -> dict[Change, int]:
        """How many operations became what."""
        counted = Counter(row.change for row in self.rows)
        return {change: counted[change] for change in CHANGES}

    @property
    def differs(self) -> bool:
        """Whether any operation certainly is another, came or went."""
        return any(row.change not in ("same", "ambiguous") for row in self.rows)

    @property
    def median_ratio(self) -> float | None:
        """Median of the ratios that are known; None without any."""
        ratios = [row.ratio for row in self.rows if row.ratio is not None]
        return median(ratios) if ratios else None

    @property
    def moved(self) -> tuple[FamilyMove, ...]:
        """Families of which most rows left the band on one side."""
        ratios: dict[str, list[float]] = defaultdict(list)
        for row in self.rows:
            if row.ratio is not None:
                ratios[row.family].append(row.ratio)
        moves = (self._move(family, found) for family, found in sorted(ratios.items()))
        return tuple(move for move in moves if move is not None)

    def _move(self, family: str, ratios: list[float]) -> FamilyMove | None:
        band = 1 + self.tolerance
        slower = sum(ratio > band for ratio in ratios) >= TOGETHER * len(ratios)
        faster = sum(ratio < 1 / band for ratio in ratios) >= TOGETHER * len(ratios)
        if len(ratios) < FAMILY or not (slower or faster):
            return None
        return FamilyMove(
            family=family,
            change="slower" if slower else "faster",
            rows=len(ratios),
            median_ratio=median(ratios),
        )

    def document(self) -> dict[str, Any]:
        """Return everything as plain JSON values, with what follows from it."""
        return {
            **asdict(self),
            "counts": self.counts,
            "median_ratio": self.median_ratio,
            "moved": [asdict(move) for move in self.moved],
            "differs": self.differs,
        }
