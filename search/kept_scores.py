"""
What a supernet says of its candidates, as ``scores.json`` of a run folder keeps it.

Scores belong to no device: with a table and its certificate they give networks for any budget.

Format history: 1 (2026-11) the first.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Final, Literal

from pydantic import TypeAdapter, ValidationError

from profiler.atomic import write_atomically
from profiler.errors import RunInvalid
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS
from profiler.operations.network import Place
from profiler.space import CellCandidates
from search.stage2 import Scored
from search.stage2.ranking import Judged

FORMAT: Final = 1

_CELL = re.compile(r"cell_(\d+)_(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptScores:
    """
    The scores of a search.

    Args:
        format: of the file.
        devices: the devices of the search, in the order of its pinned tables.
        base: the base network, which scores are relative to.
        cells: score of each candidate that was left at the end, by the cell's name and its own.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    format: Literal[1] = FORMAT
    devices: tuple[str, ...]
    base: Judged
    cells: dict[str, dict[str, float]]

    @property
    def candidates(self) -> CellCandidates:
        """Names of the candidates of every cell, as ``derive`` takes them."""
        return {_place(name): tuple(scores) for name, scores in self.cells.items()}

    @property
    def scores(self) -> dict[Place, tuple[float, ...]]:
        """How much of the validation loss each candidate spares, in the same order."""
        return {_place(name): tuple(scores.values()) for name, scores in self.cells.items()}


def save_scores(seen: Scored, path: Path) -> None:
    """
    Write what the supernet said to *path* in one step.

    Raises:
        RunInvalid: it could not be written.
    """
    choice = seen.choice
    kept = KeptScores(
        devices=tuple(limit.name for limit in choice.limits),
        base=seen.base,
        cells={
            f"cell_{place[0]}_{place[1]}": dict(zip(names, choice.scores[place], strict=True))
            for place, names in choice.candidates.items()
        },
    )
    write_atomically(path, (json.dumps(asdict(kept), indent=1) + "\n").encode())


def load_scores(path: Path) -> KeptScores:
    """
    Return what the file at *path* keeps.

    Raises:
        RunInvalid: there is none, or it holds no scores.
    """
    if not path.exists():
        raise RunInvalid(
            f"{path} is absent: the search has not scored its candidates yet, or was told not to "
            "(swaps); call hna search again with the same arguments"
        )
    try:
        kept = TypeAdapter(KeptScores).validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise RunInvalid(f"{path} holds no scores of format {FORMAT}: {_first(error)}") from error
    strange = [name for name, row in kept.cells.items() if not _CELL.fullmatch(name) or not row]
    if strange or not kept.cells:
        raise RunInvalid(f"{path}: {strange[0] if strange else 'nothing'} is no cell with scores")
    return kept


def _place(name: str) -> Place:
    _, i, j = name.split("_")
    return int(i), int(j)


def _first(error: OSError | ValidationError) -> str:
    """Return the first complaint, in one line."""
    if isinstance(error, OSError):
        return str(error)
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
