"""``hna evaluate``: how good the network of a finished run is on a data set's test list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from profiler.errors import RunInvalid

if TYPE_CHECKING:
    from rich.table import Table as Grid

    from search.assessment import Assessment
    from search.metrics.curves import PixelCurve
    from search.metrics.metrics import Metrics

EVALUATION = "evaluation"
"""The folder, in that of the run, in which everything is written."""


def evaluate(
    run: Annotated[Path, typer.Argument(help="Folder with network.json and weights.safetensors.")],
    data: Annotated[Path, typer.Option(help="Folder with images, masks and a split.")],
    split: Annotated[
        str, typer.Option(help="Folder of the lists; '.' where they lie beside the images' folder.")
    ] = "50_50",
    size: Annotated[
        int | None, typer.Option(help="Image side in pixels; the network's own unless given.")
    ] = None,
    native: Annotated[
        bool, typer.Option("--native", help="Take each image at its own size, resize none.")
    ] = False,
    roc: Annotated[
        bool, typer.Option("--roc", help="Also count over thresholds: roc.csv, pd_fa.csv, roc.svg.")
    ] = False,
    pictures: Annotated[
        int, typer.Option(min=0, help="How many pictures to draw, those of lowest IoU first.")
    ] = 0,
    mask_threshold: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=254,
            help="In masks with greys, a pixel above this one is a target; such masks are "
            "refused unless given. The reference counts 255 alone: 254.",
        ),
    ] = None,
    resize_masks: Annotated[
        bool, typer.Option("--resize-masks", help="Resize masks that differ from their image.")
    ] = False,
    batch: Annotated[int, typer.Option(min=1, help="Images that run together if resized.")] = 8,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the files; RUN/evaluation unless given.")
    ] = None,
) -> None:
    """Evaluate the network of RUN on the test list of a data set."""
    import torch
    from rich.console import Console
    from rich.progress import track

    from search.any_size import AnySize
    from search.assessment import assess
    from search.data.folder import open_folder
    from search.evaluation import predictions
    from search.pictures import write_pictures
    from search.saved_network import load_network

    if native and size is not None:
        raise RunInvalid("--native takes each image at its own size; leave --size out")
    network, module, normalisation = load_network(run, size=size)
    if not native and network.height != network.width:
        raise RunInvalid(
            f"{run}: the network is for {network.width}x{network.height} pixels and images are "
            "resized to squares; give --size, or --native"
        )
    console, side = Console(), None if native else network.height
    dataset = open_folder(
        data, split=split, resize_masks=resize_masks, mask_threshold=mask_threshold
    )
    found = predictions(
        AnySize(network, module).to("cuda" if torch.cuda.is_available() else "cpu"),
        dataset.test,
        size=side,
        normalisation=normalisation,
        batch=batch,
    )
    shown = track(
        found,
        description="evaluating",
        total=len(dataset.test),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    assessment = assess(shown, curves=roc, pictures=pictures)
    folder = out or run / EVALUATION
    about: dict[str, object] = {
        "split": split,
        "mask_threshold": mask_threshold,
        "resize_masks": resize_masks,
    }
    paths = _written(folder, assessment, dataset.name, side, about)
    write_pictures(folder / "pictures", assessment.worst)
    console.print(_grid(dataset.name, side, assessment))
    for path in paths:
        console.print(f"written: {path}", soft_wrap=True)
    if assessment.worst:
        console.print(f"drawn: {len(assessment.worst)} pictures in {folder / 'pictures'}")


def _written(
    folder: Path, assessment: Assessment, data: str, size: int | None, about: dict[str, object]
) -> list[Path]:
    from profiler.atomic import write_atomically
    from search.metrics.report import metrics_document, write_curves, write_images, write_metrics
    from search.report.roc import roc_svg

    paths = []
    if assessment.pixels is not None and assessment.targets is not None:
        curve, points = assessment.pixels.curve(), assessment.targets.points()
        about |= _areas(curve)
        picture = folder / "roc.svg"
        write_atomically(picture, roc_svg(curve, points).encode())
        paths = [*write_curves(folder, curve, points), picture]
    document = metrics_document(assessment.tally.metrics(), data=data, size=size, **about)
    images = write_images(folder, assessment.ids, assessment.tally)
    return [write_metrics(folder, document), images, *paths]


def _areas(curve: PixelCurve | None) -> dict[str, object]:
    if curve is None:
        return {"auc": None, "average_precision": None}
    return {"auc": curve.auc, "average_precision": curve.average_precision}


def _grid(data: str, size: int | None, assessment: Assessment) -> Grid:
    from rich.table import Table as Grid

    metrics = assessment.tally.metrics()
    at = "each image at its own size" if size is None else f"{size} pixels"
    grid = Grid("figure", "value", title=f"{data}, {at}")
    for name, value in _rows(metrics):
        grid.add_row(name, value)
    curve = assessment.pixels.curve() if assessment.pixels is not None else None
    if curve is not None:
        grid.add_row("area under the ROC of pixels", f"{curve.auc:.4f}")
        grid.add_row("average precision of pixels", f"{curve.average_precision:.4f}")
    return grid


def _rows(metrics: Metrics) -> list[tuple[str, str]]:
    return [
        ("images", str(metrics.images)),
        ("targets", str(metrics.targets)),
        ("mIoU (all pixels together)", f"{metrics.miou:.4f}"),
        ("nIoU (mean of the images)", f"{metrics.niou:.4f}"),
        ("Pd", "no targets" if metrics.pd is None else f"{metrics.pd:.4f}"),
        ("Fa, per million pixels", f"{metrics.fa * 1e6:.2f}"),
        ("Fa as the reference counts, per million", f"{metrics.fa_compat * 1e6:.2f}"),
    ]
