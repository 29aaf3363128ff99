"""
Gene files: the picks of stage 1 as text.

The first line is ``<IoU>_<cost>``, each further line ``enc_<iteration>_<level>_<pick>_<pick>...``.
Every cell has a line; those of iteration 0 are read, kept and ignored.
Source: spec/hna_nas.md section 2.3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from profiler.errors import DataInvalid
from profiler.operations.network import Place
from profiler.space.meta import grid

_FIRST = re.compile(r"(\d+(?:\.\d+)?)_(\d+(?:\.\d+)?)")
_CELL = re.compile(r"enc_(\d+)_(\d+)((?:_\d+)+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gene:
    """
    What every cell picked.

    Args:
        picks: sorted candidate indices of every cell; an index may be there several times.
        iou: intersection over union the file states; 0 after stage 1.
        cost: cost the file states; 0 after stage 1.
    """

    picks: dict[Place, tuple[int, ...]]
    iou: float = 0.0
    cost: float = 0.0


def gene_text(gene: Gene) -> str:
    """Return *gene* as the text of a gene file."""
    lines = [f"{gene.iou:.3f}_{gene.cost:f}"]
    for (i, j), indices in sorted(gene.picks.items()):
        lines.append("_".join(map(str, ("enc", i, j, *indices))))
    return "\n".join(lines) + "\n"


def write_gene(path: Path, gene: Gene) -> None:
    """Write *gene* to *path*."""
    path.write_text(gene_text(gene), encoding="ascii")


def read_gene(path: Path) -> Gene:
    """
    Read a gene file.

    Raises:
        DataInvalid: not readable, a wrong line, a cell twice or not at all, or an output cell
            that keeps no input.
    """
    return parse_gene(_text(path), str(path))


def parse_gene(text: str, source: str, levels: int | None = None) -> Gene:
    """
    Return the gene that is the text of a gene file.

    Args:
        text: of the file.
        source: where it is from, for messages.
        levels: of the space it has to be for; None takes any.

    Raises:
        DataInvalid: as ``read_gene`` does, or it is for a space of other levels.
    """
    lines = text.splitlines()
    first = _FIRST.fullmatch(lines[0]) if lines else None
    if first is None:
        raise _wrong(source, 1, lines[0] if lines else "", "<IoU>_<cost>, such as 0.000_0.000000")
    picks: dict[Place, tuple[int, ...]] = {}
    for number, line in enumerate(lines[1:], start=2):
        place, indices = _cell(source, number, line)
        if place in picks:
            raise _wrong(source, number, line, f"each cell once; cell {place} already has a line")
        picks[place] = indices
    _check_whole(source, lines, picks)
    found = sum(i == 0 for i, _ in picks)
    if levels not in (None, found):
        raise DataInvalid(f"{source} is for {found} levels; the space has {levels}")
    return Gene(picks=picks, iou=float(first[1]), cost=float(first[2]))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise DataInvalid(f"{path}: no gene file can be read there ({error})") from error


def _cell(source: str, number: int, line: str) -> tuple[Place, tuple[int, ...]]:
    match = _CELL.fullmatch(line)
    if match is None:
        raise _wrong(source, number, line, "enc_<iteration>_<level>_<pick>..., such as enc_1_0_0_4")
    indices = tuple(int(text) for text in match[3].split("_")[1:])
    return (int(match[1]), int(match[2])), indices


def _check_whole(source: str, lines: list[str], picks: dict[Place, tuple[int, ...]]) -> None:
    """Refuse a cell outside the grid, one without a line, and a pick that does not exist."""
    levels = sum(i == 0 for i, _ in picks)
    numbers = dict(zip(picks, range(2, len(lines) + 1), strict=True))
    for place, indices in picks.items():
        if place not in grid(levels):
            expected = f"a cell of {levels} levels: iteration + level below {levels}"
            raise _wrong(source, numbers[place], lines[numbers[place] - 1], expected)
        highest = levels - place[0] + 1
        if max(indices) > highest:
            expected = f"picks from 0 to {highest}"
            raise _wrong(source, numbers[place], lines[numbers[place] - 1], expected)
    missing = [place for place in grid(levels) if place not in picks]
    if missing or not picks:
        i, j = missing[0] if missing else (0, 0)
        raise _wrong(source, len(lines) + 1, "", f"a line enc_{i}_{j}_... for cell {(i, j)}")


def _wrong(source: str, number: int, line: str, expected: str) -> DataInvalid:
    return DataInvalid(f"{source}, line {number}: {line!r}; expected {expected}")
