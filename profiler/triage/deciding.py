"""Which operations to measure again next, and which can be left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import log

import numpy as np

from profiler.errors import HnaError, TableMismatch
from profiler.table import Table
from profiler.triage.causes import causes_of
from profiler.triage.choosing import Budget, budget_of, doubtful, drawn_check
from profiler.triage.found import Prediction, Triage
from profiler.triage.movement import Movement, most_alike, most_telling, predict
from profiler.triage.rows import NORMAL_90, Rows, rows_of

TOLERANCE = 0.05

LONE, LIKE = 0.3, 3
"""What moved alone with a higher probability has so many of its like measured."""

CERTAIN = 0.9
"""What moved with a lower probability is said to have moved as most did: little or not at all."""

STILL = 0.1
"""If fewer of those measured stayed where they were, all operations moved."""

TWO_MEASUREMENTS = 2**0.5
"""The noise of a ratio over that of a row, where both rows are as noisy."""


def triage(
    before: Table,
    after: Table,
    *,
    tolerance: float = TOLERANCE,
    batch: int | None = None,
    max_share: float | None = None,
    gaps: Collection[str] = (),
) -> Triage:
    """
    Say what of *before* to measure next in the environment of *after*.

    Args:
        before: a table with rows.
        after: what was measured of it so far in another environment; may be empty.
        tolerance: relative movement that matters.
        batch: how many operations at a time; None is one in eighty, at least 5.
        max_share: of the operations that may be measured; where it ends the triage too early,
            ``expected_missed`` of what is returned says so.  None is all; 8 always may.
        gaps: keys that could not be measured in the environment of *after*; not asked for again.

    Raises:
        TableMismatch: the tables are of different device models, or one and the same.
        HnaError: a share that is none.
    """
    _require_comparable(before, after)
    if max_share is not None and not 0 < max_share <= 1:
        raise HnaError(
            f"a share of {max_share:g} of all operations is none; it is above 0, up to 1"
        )
    rows = rows_of(before, after, gaps)
    budget = budget_of(len(rows.entries), batch, max_share)
    return _Decision(before, rows, budget, tolerance).said()


class _Decision:
    """The triage of tables that can be compared."""

    def __init__(self, before: Table, rows: Rows, budget: Budget, tolerance: float) -> None:
        self._before, self._rows = before, rows
        self._budget, self._tolerance = budget, tolerance
        self._causes = causes_of(rows.entries) if rows.entries else ()

    def said(self) -> Triage:
        """Return what was decided."""
        first = self._first()
        if first or not self._rows.measured:
            return self._found(first)
        found = self._predicted()
        rest = [i for i in range(len(self._rows.entries)) if i not in set(self._rows.measured)]
        missed = float(found.beyond[rest].sum())
        wanted = doubtful(found.beyond, rest, len(self._moved()), len(self._rows.entries))
        doubts = [*self._like_lone(found), *wanted]
        waiting = set(rest)
        unchecked = [index for index in drawn_check(self._rows) if index in waiting]
        following = self._budget.affordable(self._rows, dict.fromkeys(doubts or unchecked))
        if following:
            return self._found(following, (), missed)
        return self._found([], self._left(found, rest), missed, spent=bool(doubts or unchecked))

    def _first(self) -> list[int]:
        """Return what says most of the rest, while fewer than one batch were measured."""
        measured = self._rows.measured
        lacking = min(self._budget.batch, len(self._rows.entries)) - len(measured)
        if lacking <= 0:
            return []
        noise_sd = TWO_MEASUREMENTS * self._rows.old_sd
        telling = most_telling(self._causes, noise_sd, measured, lacking)
        return self._budget.affordable(self._rows, telling)

    def _predicted(self) -> Movement:
        rows = self._rows
        return predict(
            self._causes,
            len(rows.entries),
            rows.measured,
            rows.moved,
            rows.noise_sd,
            self._tolerance,
        )

    def _like_lone(self, found: Movement) -> list[int]:
        """
        Return what is most like each operation that seems to have moved alone, unless measured.

        Only where those did not move is the other one alone, and not the first seen of many.
        """
        rows = self._rows
        lone = [i for i, chance in zip(rows.measured, found.alone, strict=True) if chance > LONE]
        count = len(rows.entries)
        alike = (most_alike(self._causes, count, index, min(LIKE, count - 1)) for index in lone)
        return [index for some in alike for index in some if index not in set(rows.measured)]

    def _moved(self) -> tuple[str, ...]:
        far = np.abs(self._rows.moved) > log(1 + self._tolerance)
        pairs = zip(self._rows.measured, far, strict=True)
        return tuple(self._rows.entries[i].key for i, moved in pairs if moved)

    def _shared(self) -> float:
        """Return how far most operations moved, by those that did not move by what matters."""
        moved = self._rows.moved
        still = moved[np.abs(moved) <= log(1 + self._tolerance)]
        return float(np.median(still if len(still) >= STILL * len(moved) else moved))

    def _left(self, found: Movement, rest: Sequence[int]) -> tuple[Prediction, ...]:
        said = np.where(found.beyond >= CERTAIN, found.mean, self._shared())
        low = np.minimum(said, found.mean - NORMAL_90 * found.sd)
        high = np.maximum(said, found.mean + NORMAL_90 * found.sd)
        return tuple(
            Prediction(
                key=self._rows.entries[i].key,
                ratio=float(np.exp(said[i])),
                low=float(np.exp(low[i])),
                high=float(np.exp(high[i])),
                moved=float(found.beyond[i]),
            )
            for i in rest
        )

    def _found(
        self,
        chosen: Sequence[int],
        left: tuple[Prediction, ...] = (),
        missed: float | None = None,
        *,
        spent: bool = False,
    ) -> Triage:
        entries = self._rows.entries
        return Triage(
            before=self._before.name,
            after=self._rows.after.name,
            tolerance=self._tolerance,
            operations=len(entries),
            measured=len(self._rows.measured),
            moved=self._moved(),
            incomparable=self._rows.lost,
            next=tuple(entries[i].operation for i in chosen),
            left=left,
            expected_missed=missed,
            spent=spent,
        )


def _require_comparable(before: Table, after: Table) -> None:
    if before.device_model != after.device_model:
        raise TableMismatch(
            f"table {after.name} is of {after.device_model}, {before.name} of "
            f"{before.device_model}; triage compares two environments of one device model"
        )
    if before.name == after.name:
        raise TableMismatch(
            f"{before.name} is the table before and after; triage fills another environment's"
        )
