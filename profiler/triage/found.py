"""What a triage found; ``deciding`` decides, this only holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from profiler.operations import Operation
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """How far an operation that was not measured again is predicted to have moved: new over old."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    key: str
    ratio: float
    low: float
    high: float
    moved: float
    """Probability that it moved further than the tolerance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """
    Where the triage of a table stands.

    Args:
        before: name of the table whose rows are known.
        after: name of the table that is being filled.
        tolerance: relative movement that matters.
        operations: rows of ``before`` that could be measured again.
        measured: how many of them were.
        moved: keys of those measured that moved further than the tolerance.
        incomparable: keys that cannot be run any more, or cost nothing; not among ``operations``.
        next: what to measure now, the most telling first; empty once the rest can be left.
        left: predictions of what need not be measured; empty until then.
        expected_missed: how many of those not measured are expected to have moved further than
            the tolerance; None while too few were measured to say.
        spent: whether nothing more is asked for because the budget is used, not because the rest
            can be left.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    before: str
    after: str
    tolerance: float
    operations: int
    measured: int
    moved: tuple[str, ...]
    incomparable: tuple[str, ...]
    next: tuple[Operation, ...]
    left: tuple[Prediction, ...]
    expected_missed: float | None = None
    spent: bool = False
