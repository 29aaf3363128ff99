"""``hna campaign start``: parse, call one function, print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lut_server.options import DEFAULT_SERVER, SERVER
from lut_server.table_commands.about import read_file
from profiler.commands.percent import share
from profiler.errors import HnaError

if TYPE_CHECKING:
    from lut_server.wire import CampaignRequest


def start(
    name: Annotated[str, typer.Argument(help="What people call the campaign.")],
    device: Annotated[
        list[str] | None, typer.Option(help="Fingerprint or its beginning, repeatable.")
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="Model of the devices, repeatable.")
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option(help="Label the devices have, repeatable: all are needed.")
    ] = None,
    operations: Annotated[
        Path | None, typer.Option(help="JSON file: a list of operations.", exists=True)
    ] = None,
    onnx: Annotated[
        Path | None, typer.Option(help="ONNX file: the operations of a model.", exists=True)
    ] = None,
    space: Annotated[
        str | None, typer.Option(help="A search space instead: paper or extended.")
    ] = None,
    channels: Annotated[str, typer.Option(help="Widths of the space.")] = "two",
    backbone: Annotated[str, typer.Option(help="Depths of the space.")] = "resnet_18",
    height: Annotated[int, typer.Option(min=1, help="H of the image, in pixels.")] = 256,
    width: Annotated[int, typer.Option(min=1, help="W of the image, in pixels.")] = 256,
    batch: Annotated[int, typer.Option(min=1, help="Images in a batch.")] = 1,
    candidates: Annotated[
        list[str] | None, typer.Option(help="Candidate or candidate set, repeatable.")
    ] = None,
    topology: Annotated[str, typer.Option(help="Such as unet; meta is the whole.")] = "meta",
    gene: Annotated[
        Path | None, typer.Option(help="Gene file that says the topology.", exists=True)
    ] = None,
    decode: Annotated[
        str, typer.Option(help="Order of the gene's picks: consistent or compat.")
    ] = "consistent",
    inputs: Annotated[
        bool, typer.Option("--inputs", help="What every input of every cell costs instead.")
    ] = False,
    networks: Annotated[int, typer.Option(min=0, help="Random networks for a certificate.")] = 0,
    seed: Annotated[int, typer.Option(help="Of the random networks.")] = 0,
    runtime: Annotated[str | None, typer.Option(help="Only environments of this runtime.")] = None,
    precision: Annotated[
        str | None, typer.Option(help="Only environments of this precision.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(help="Only environments of so many threads.")
    ] = None,
    per_job: Annotated[int, typer.Option(min=1, help="Operations one agent takes at once.")] = 512,
    remeasure: Annotated[
        bool, typer.Option("--remeasure", help="Measure again what the table holds.")
    ] = False,
    target_error: Annotated[
        float | None,
        typer.Option(
            help="Measure only as much as it takes to predict the rest so well, such as 5%.",
            parser=share,
            metavar="SHARE",
        ),
    ] = None,
    max_operations: Annotated[
        int | None, typer.Option(min=1, help="Of a table, choose at most so many operations.")
    ] = None,
    max_minutes: Annotated[
        float | None, typer.Option(help="For a table, measure at most so long.")
    ] = None,
    onboard: Annotated[
        bool, typer.Option("--onboard", help="For new devices: let other devices' tables help.")
    ] = False,
    handful: Annotated[
        int | None, typer.Option(min=1, help="With --onboard: so many operations come first.")
    ] = None,
    measure_rest: Annotated[
        bool, typer.Option(help="With --onboard: whether the rest is measured after that.")
    ] = True,
    priority: Annotated[
        int, typer.Option(min=-1000, max=1000, help="The highest comes first.")
    ] = 0,
    follow: Annotated[
        bool, typer.Option("--follow", help="Show how far it is until it is finished.")
    ] = False,
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
) -> None:
    """Have operations, or those of a search space or a model, measured on devices."""
    from rich.console import Console

    from lut_server.campaigns.rendering import campaign_grid, note_lines, show_progress
    from lut_server.client import LutClient

    if [operations, space, onnx].count(None) != 2:
        raise HnaError("say what to measure: --operations FILE, or --space paper, or --onnx FILE")
    if not (device or model or label):
        raise HnaError("say on which devices: --device, --model or --label")
    request = _request(
        name=name,
        devices={"fingerprints": device or (), "models": model or (), "labels": label or ()},
        environment={"runtime": runtime, "precision": precision, "threads": threads},
        operations=_read_operations(operations) if operations else (),
        model=read_file(onnx) if onnx else None,
        space=space
        and {
            "channels": channels,
            "backbone": backbone,
            "height": height,
            "width": width,
            "batch": batch,
            "options": space,
            "candidates": candidates or (),
            "parts": "inputs" if inputs else "operations",
            "topology": topology,
            "gene": _read_text(gene) if gene else None,
            "decode": decode,
            "networks": networks,
            "seed": seed,
        },
        operations_per_job=per_job,
        remeasure=remeasure,
        target_error=target_error,
        max_operations=max_operations,
        max_minutes=max_minutes,
        onboarding=onboard,
        handful=handful,
        measure_rest=measure_rest,
        priority=priority,
    )
    with LutClient(server) as client:
        view = client.start_campaign(request)
        Console().print(campaign_grid(view))
        for line in note_lines(view):
            typer.echo(line)
        typer.echo(f"started {view.name} ({view.id})")
        if follow:
            show_progress(client.follow(view.id), Console())


def _request(**fields: Any) -> CampaignRequest:
    """Return the request, with an id of its own so that it can be sent again."""
    from uuid import uuid4

    from pydantic import ValidationError

    from lut_server.wire import CampaignRequest

    try:
        return CampaignRequest.model_validate({"id": uuid4().hex, **fields})
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(map(str, fault["loc"])) or "it"
        raise HnaError(f"{where}: {fault['msg']}; see hna campaign start --help") from error


def _read_operations(path: Path) -> Any:
    import json

    try:
        return json.loads(_read_text(path))
    except ValueError as error:
        raise HnaError(f"{path}: no JSON ({error}); it holds a list of operations") from error


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise HnaError(f"{path}: cannot be read as text ({error})") from error
