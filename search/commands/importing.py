"""``hna import``: networks and genes others have made, as run folders of this project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as Grid

    from profiler.operations import Network
    from profiler.operations.network import Place
    from profiler.space import Topology
    from search.reference import ImportedNetwork, ImportedTopology

importing = typer.Typer(help="Import networks and genes others have made.", no_args_is_help=True)


@importing.callback()
def _import() -> None:
    """Keep ``reference`` a subcommand, although it is the only one."""


@importing.command()
def reference(
    source: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="A run of the HNA-NAS release, or one checkpoint."),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Run folder to write; runs/<name of DIR> unless given.")
    ] = None,
    gene: Annotated[
        Path | None, typer.Option(help="Gene file; looked for in DIR and above unless given.")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Checkpoint; the best epoch's unless given.")
    ] = None,
    size: Annotated[int, typer.Option(help="Image side in pixels.")] = 256,
    normalisation: Annotated[
        str | None,
        typer.Option(help="imagenet, nuaa, nudt or irstd; recognised unless given."),
    ] = None,
) -> None:
    """Import a network, a DNANet or a stage-1 supernet's gene of the official HNA-NAS release."""
    from rich.console import Console

    from search.reference import ImportedTopology, import_reference

    imported = import_reference(
        source,
        out or Path("runs") / source.resolve().name.removesuffix(".pth.tar"),
        gene=gene,
        checkpoint=checkpoint,
        size=size,
        normalisation=normalisation,
    )
    console = Console()
    if isinstance(imported, ImportedTopology):
        _print_topology(console, imported)
    else:
        _print_network(console, imported)


def _print_network(console: Console, imported: ImportedNetwork) -> None:
    from profiler.cost import cost_of
    from profiler.operations import Network, operation_graph

    network = imported.network
    if isinstance(network, Network):
        console.print(_cells_grid(network))
        skipped = ", ".join(map(_short, imported.skipped)) or "none"
        console.print(f"skipped: {skipped}; {imported.placeholders} placeholder entries left out")
    else:
        widths, blocks = (
            "-".join(map(str, values)) for values in (network.channels, network.blocks)
        )
        console.print(f"DNANet of widths {widths}, blocks {blocks}, {network.heads} head(s)")
    cost = cost_of(operation_graph(network))
    console.print(
        f"{cost.parameters:,} parameters, {cost.macs / 1e6:,.1f} MMACs at "
        f"{network.width}x{network.height} pixels"
    )
    console.print(f"normalisation: {imported.normalisation.why}", soft_wrap=True)
    console.print(f"written: {imported.run}", soft_wrap=True)


def _cells_grid(network: Network) -> Grid:
    from rich.table import Table as Grid

    grid = Grid("cell", "reads", "operation", title=f"{len(network.cells)} cells")
    for cell in network.cells:
        reads = " ".join(map(_short, cell.inputs)) or "image"
        grid.add_row(_short(cell.place), reads, f"{cell.candidate} x {cell.blocks}")
    return grid


def _print_topology(console: Console, imported: ImportedTopology) -> None:
    console.print(_topology_grid(imported))
    console.print("consistent: as stage 1 learnt it; compat: as the shipped networks read it")
    console.print(f"written: {imported.run / 'gene.txt'}", soft_wrap=True)


def _topology_grid(imported: ImportedTopology) -> Grid:
    from rich.table import Table as Grid

    from profiler.space import Decode, Topology

    orders: tuple[Decode, Decode] = ("consistent", "compat")
    topologies = [Topology.from_picks(imported.gene.picks, order) for order in orders]
    grid = Grid("cell", "picks", *orders)
    for place, picks in sorted(imported.gene.picks.items()):
        reads = [_reads(topology, place) for topology in topologies]
        grid.add_row(_short(place), " ".join(map(str, picks)), *reads)
    return grid


def _reads(topology: Topology, place: Place) -> str:
    for cell in topology.cells:
        if cell.place == place:
            return " ".join(map(_short, cell.inputs)) or "image"
    return "skipped"


def _short(place: Place) -> str:
    return f"{place[0]}.{place[1]}"
