"""
Where the latency of a network goes: each cell, the glue, and what the rows do not explain.

Shares are of the sum of the network's rows.  What calibration adds to that sum or takes from it is
no cell's, and is named apart; a row the table lacks has no share and is named, too.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lut_server.web.rows import digest_of
from profiler.operations import Network, Operation, operation_key, operation_label
from profiler.operations.network import Place
from profiler.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """
    One row of a network.

    Args:
        what: the cell, or which glue.
        place: iteration and level of the cell it belongs to; those of the last one for the head.
        label: the operation in one line.
        digest: of the operation; None where the table has no row.
        latency_us: of the row; None where the table has none.
        share: of the sum of rows; None where the table has no row.
    """

    what: str
    place: Place
    label: str
    digest: str | None
    latency_us: float | None
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """
    A network taken apart.

    Args:
        cells: one for each cell, what it concatenates and resamples included.
        glue: pooling and the head; what is one row of the table is one part.
        sum_us: of all rows the table has, in microseconds.
        remainder_us: predicted minus that sum: what calibration adds; None where rows are missing.
        missing: how many rows the table lacks.
    """

    cells: tuple[Part, ...]
    glue: tuple[Part, ...]
    sum_us: float
    remainder_us: float | None
    missing: int

    @property
    def largest(self) -> float:
        """The largest share; 0 where none is known."""
        return max((part.share or 0.0 for part in (*self.cells, *self.glue)), default=0.0)


def shares_of(network: Network, table: Table, predicted_us: float) -> Shares:
    """Return where the latency of *network* goes, by the rows of *table*."""
    listed = list(_parts(network))
    rows = [table.by_key.get(operation_key(operation)) for _, _, operation in listed]
    sum_us = sum(row.latency_us for row in rows if row)
    parts = [
        Part(
            what=what,
            place=place,
            label=operation_label(operation),
            digest=digest_of(row.key) if row else None,
            latency_us=row.latency_us if row else None,
            share=row.latency_us / sum_us if row and sum_us else None,
        )
        for (what, place, operation), row in zip(listed, rows, strict=True)
    ]
    missing = rows.count(None)
    return Shares(
        cells=tuple(part for part in parts if part.what.startswith("cell")),
        glue=_together([part for part in parts if not part.what.startswith("cell")]),
        sum_us=sum_us,
        remainder_us=None if missing else predicted_us - sum_us,
        missing=missing,
    )


def _together(glue: Sequence[Part]) -> tuple[Part, ...]:
    """Join what is the same row of the table; it runs as often as it is there."""
    joined: dict[str, Part] = {}
    for part in glue:
        known = joined.get(part.label)
        joined[part.label] = part if known is None else _sum(known, part)
    return tuple(joined.values())


def _sum(known: Part, part: Part) -> Part:
    return replace(
        known,
        what=f"{known.what}, {part.what.rpartition(' ')[2]}",
        latency_us=_plus(known.latency_us, part.latency_us),
        share=_plus(known.share, part.share),
    )


def _plus(left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else left + right


def _parts(network: Network) -> Iterator[tuple[str, Place, Operation]]:
    for cell in network.cells:
        name = f"{cell.iteration}.{cell.level}"
        for pooling in network.pooling(cell):
            yield f"pooling before {name}", cell.place, pooling
        yield f"cell {name}", cell.place, network.placed(cell)
    yield "head", network.cells[-1].place, network.head()
