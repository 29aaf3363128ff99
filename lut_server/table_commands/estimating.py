"""``hna table estimate``: parse, call one function, print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lut_server.options import ALLOW, DEFAULT_SERVER, SERVER
from lut_server.table_commands.about import read_file
from profiler.errors import HnaError, OperationInvalid

if TYPE_CHECKING:
    from rich.console import Console

    from profiler.estimate import Estimate
    from profiler.operations import Operation

SHOWN = 5
"""Missing rows that are named; JSON has all."""

LONGEST_KEY = 160
"""Characters of a key that are printed; keys of cells are long, and JSON has them whole."""


def estimate(
    name: Annotated[str, typer.Argument(help="The table's name, as hna table list prints it.")],
    onnx: Annotated[
        Path | None, typer.Option(help="ONNX file, exported here or from elsewhere.")
    ] = None,
    network: Annotated[
        Path | None,
        typer.Option(
            help="JSON file: a network, such as a search leaves, or a list of operations."
        ),
    ] = None,
    allow: Annotated[list[str] | None, ALLOW] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the estimate as JSON.")] = False,
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
) -> None:
    """
    Say what a network takes by a table, how far that can be trusted, and which rows miss.

    The exit status is 1 where rows are missing, which are never priced; 0 where none is.
    """
    from rich.console import Console

    from lut_server.client import LutClient
    from lut_server.documents import adapter
    from lut_server.wire import gap_fillers
    from profiler.estimate import Estimate

    if (onnx is None) == (network is None):
        raise HnaError("say what to estimate: --onnx FILE, or --network FILE.json")
    allowed = gap_fillers(allow)
    with LutClient(server) as client:
        if onnx is not None:
            found = client.estimate_model(name, read_file(onnx), allow=allowed)
        elif network is not None:
            found = client.estimate(name, _read_network(network), allow=allowed)
    if as_json:
        typer.echo(adapter(Estimate).dump_json(found, indent=1).decode())
    else:
        _print(found, Console())
    if found.missing:
        raise typer.Exit(1)


def _read_network(path: Path) -> Operation | tuple[Operation, ...]:
    import json

    from profiler.operations import operation_from_json

    try:
        document = json.loads(read_file(path))
    except ValueError as error:
        raise HnaError(f"{path}: no JSON ({error})") from error
    try:
        if isinstance(document, list):
            return tuple(map(operation_from_json, document))
        return operation_from_json(document)
    except OperationInvalid as error:
        raise HnaError(f"{path}: {error}") from error


def _print(found: Estimate, console: Console) -> None:
    kinds = ", ".join(f"{count} {kind}" for kind, count in found.value_kinds.items()) or "none"
    lines = [latency_line(found), f"rows: {found.rows} ({kinds})"]
    lines += [f"missing: {_short(key)}" for key in found.missing[:SHOWN]]
    if len(found.missing) > SHOWN:
        lines.append(f"missing: {len(found.missing) - SHOWN} more; --json names them")
    lines += [f"doubt: {doubt}" for doubt in found.doubts]
    lines.append(f"table: {found.table}, version {found.table_version}")
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _short(key: str) -> str:
    return key if len(key) <= LONGEST_KEY else f"{key[: LONGEST_KEY - 1]}…"


def latency_line(found: Estimate) -> str:
    """Return the latency with its interval, or why there is none."""
    if found.latency_us is None:
        return (
            f"no latency: {len(found.missing)} operations have no row; the others sum to "
            f"{found.sum_us:,.1f} us"
        )
    ends = "unknown"
    if found.low_us is not None and found.high_us is not None:
        ends = f"{found.low_us:,.1f} - {found.high_us:,.1f} us"
    how = "calibrated" if found.calibrated else "the sum of its rows, not calibrated"
    return f"{found.latency_us:,.1f} us, 90 % interval {ends}, {how}"
