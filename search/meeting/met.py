"""
What meeting a target came to: every network that was tried, and those that hold.

A run folder keeps it as ``meeting.json``, so that a search called again trains what it chose.

Format history: 1 (2026-11) the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Final, Literal

from pydantic import TypeAdapter, ValidationError

from profiler.atomic import write_atomically
from profiler.errors import RunInvalid
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS
from profiler.space import CellCandidates
from search.derive import Derived

FORMAT: Final = 1

Verdict = Literal["held", "over", "under"]
"""Within the target on every device; over a budget; spending too little of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """
    A network that was derived and measured.

    Args:
        round: in which it was measured last, counted from 1.
        operations: of its cells, in their order.
        score: the sum over its cells.
        predicted_us: by the tables, in microseconds, by device.
        corrected_us: the same times what the round before had found predictions to be off by.
        measured_us: at the usual pace of the device, as the anchors of that round tell it.
        verdict: whether it holds.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    round: int
    operations: tuple[str, ...]
    score: float
    predicted_us: Mapping[str, float]
    corrected_us: Mapping[str, float]
    measured_us: Mapping[str, float]
    verdict: Verdict

    def derived(self, candidates: CellCandidates) -> Derived:
        """Return it as a network of cells that choose among *candidates*."""
        return Derived(
            candidates=dict(zip(candidates, self.operations, strict=True)),
            predicted=dict(self.predicted_us),
            score=self.score,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """
    What came of all rounds.

    Args:
        format: of the file.
        attempts: the latest of every network, in the order in which they were derived.
        chosen: indices of those to go on with, the best scored first; where none holds, the one
            nearest to the target.
        corrections: measured over predicted, by device; the median of the last round.
        drifts: the usual pace of each device in the last round, over that of its table.
        rounds: how many there were.
        sittings: campaigns they took, on all devices.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    format: Literal[1] = FORMAT
    attempts: tuple[Attempt, ...]
    chosen: tuple[int, ...]
    corrections: Mapping[str, float]
    drifts: Mapping[str, float]
    rounds: int
    sittings: int

    @property
    def holds(self) -> bool:
        """Whether a network was found that holds."""
        return self.attempts[self.chosen[0]].verdict == "held"

    def networks(self, candidates: CellCandidates, most: int) -> list[Derived]:
        """Return up to *most* of the networks to go on with."""
        return [self.attempts[index].derived(candidates) for index in self.chosen[:most]]

    def sentence(self) -> str:
        """Return in words what came of it."""
        held = sum(attempt.verdict == "held" for attempt in self.attempts)
        measured = f"{len(self.attempts)} networks measured in {self.rounds} round(s)"
        if held:
            return f"{measured}, {held} hold the target"
        best = self.attempts[self.chosen[0]]
        missed = ", ".join(f"{us / 1000:.2f} ms on {name}" for name, us in best.measured_us.items())
        return f"{measured}, none holds the target; the nearest takes {missed}"


def save_met(met: Met, path: Path) -> None:
    """
    Write *met* to *path* in one step.

    Raises:
        RunInvalid: it could not be written.
    """
    write_atomically(path, TypeAdapter(Met).dump_json(met, indent=1) + b"\n")


def load_met(path: Path) -> Met | None:
    """
    Return what the file at *path* keeps; None where there is none.

    Raises:
        RunInvalid: it cannot be read.
    """
    if not path.exists():
        return None
    try:
        met = TypeAdapter(Met).validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise RunInvalid(
            f"{path} holds no networks of format {FORMAT}; remove it to measure them again"
        ) from error
    return replace(met, attempts=tuple(met.attempts))
