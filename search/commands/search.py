"""``hna search``: search a network for a device an agent measures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def search(
    data: Annotated[Path, typer.Option(help="Folder with images, masks and a split.")],
    run: Annotated[Path, typer.Option(help="Folder of the run; one that exists goes on.")],
    server: Annotated[
        str, typer.Option(help="Address of the server.", envvar="HNA_SERVER")
    ] = "http://127.0.0.1:8765",
    device: Annotated[
        str | None,
        typer.Option(help="Name, model or fingerprint; may be left out where there is only one."),
    ] = None,
    budget_ms: Annotated[
        float | None,
        typer.Option(help="Latency budget; 60 % of the median of random networks unless given."),
    ] = None,
    split: Annotated[str, typer.Option(help="Folder of the lists.")] = "50_50",
    full: Annotated[bool, typer.Option("--full", help="The search of the paper.")] = False,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
) -> None:
    """Search a network for a device, within a latency budget."""
    from rich.console import Console

    from lut_server.client import LutClient
    from search.commands.display import print_summary, search_progress
    from search.configuration import full_configuration, small_configuration
    from search.data.folder import open_folder
    from search.pipeline import Search
    from search.run_folder import RunFolder
    from search.target import find_target

    console = Console()
    make = full_configuration if full else small_configuration
    with LutClient(server) as client, search_progress(console) as listener:
        result = Search(
            client=client,
            target=find_target(client, device),
            dataset=open_folder(data, split=split, seed=seed),
            configuration=make(
                budget_us=None if budget_ms is None else budget_ms * 1000, seed=seed
            ),
            folder=RunFolder(run),
            listener=listener,
        ).run()
    print_summary(console, result, run)
