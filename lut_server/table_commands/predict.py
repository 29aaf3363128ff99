"""``hna table predict``: parse, call one function, print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lut_server.table_commands.about import working
from lut_server.table_commands.sources import Unit
from profiler.errors import HnaError

if TYPE_CHECKING:
    from profiler.prediction import Judgement, Predictor
    from profiler.prediction.examples import LeftOut
    from profiler.table import Table


def predict(
    train: Annotated[Path, typer.Option(help="File of a table: the rows to learn from.")],
    test: Annotated[Path, typer.Option(help="File of a table: the rows to be judged by.")],
    save: Annotated[Path | None, typer.Option(help="Write the predictor to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the judgement as JSON.")] = False,
    unit: Annotated[
        Unit | None, typer.Option(help="Unit of files that do not say it: us, ms or s.")
    ] = None,
) -> None:
    """
    Fit a predictor on some rows, and say how well it predicts others.  Asks no server.

    Any file that hna table import reads will do, such as JSON Lines of hna table export.
    """
    from lut_server.documents import adapter
    from profiler.atomic import write_atomically
    from profiler.prediction import Judgement, Predictor, fit_predictor, judge

    rows, others = _read(train, unit), _read(test, unit)
    with working(f"learning from {len(rows.entries):,} rows"):
        predictor = fit_predictor(rows)
        judgement = judge(predictor, others)
    if save is not None:
        write_atomically(save, adapter(Predictor).dump_json(predictor, indent=1))
    if as_json:
        typer.echo(adapter(Judgement).dump_json(judgement, indent=1).decode())
        return
    for line in (*_lines(predictor, judgement, rows, others), *_saved(save)):
        typer.echo(line)


def _read(path: Path, unit: Unit | None) -> Table:
    from lut_server.table_commands.sources import find_table

    if not path.is_file():
        raise HnaError(f"{path}: no such file; write one with: hna table export")
    return find_table(str(path), "", unit)


def _lines(predictor: Predictor, judgement: Judgement, train: Table, test: Table) -> Iterator[str]:
    yield f"learnt from {judgement.taught:,} rows of {train.name}"
    yield from _left_out("train", predictor.left_out)
    yield f"judged by {judgement.tested:,} rows of {test.name}"
    if judgement.seen:
        yield f"  not judged, because they taught: {judgement.seen:,}"
    yield from _left_out("test", judgement.left_out)
    if judgement.extrapolated:
        yield f"  extrapolated, because no row of their family taught: {judgement.extrapolated:,}"
    yield f"median error: {judgement.median_error:.1%}"
    yield f"mean error (MAPE): {judgement.mean_error:.1%}"
    yield f"within 5 %: {judgement.within_5pct:.1%} of rows"
    yield f"within 10 %: {judgement.within_10pct:.1%} of rows"
    if judgement.kendall_tau is not None:
        yield f"Kendall tau: {judgement.kendall_tau:.3f}"
    held, width = f"{judgement.coverage:.1%}", f"{judgement.width:.1%}"
    yield f"90 % intervals: hold {held} of rows, median width {width}"


def _left_out(which: str, left: tuple[LeftOut, ...]) -> Iterator[str]:
    """Say how many rows are not used, and why."""
    for reason, count in sorted(Counter(row.reason for row in left).items()):
        yield f"  left out of --{which}, because {reason}: {count:,}"


def _saved(path: Path | None) -> Iterator[str]:
    if path is not None:
        yield f"predictor written to {path}"
