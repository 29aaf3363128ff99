"""
``hna train``: train a network of the zoo, or the network of a run folder once more.

In several processes: ``torchrun --nproc-per-node 2 -m -- search.commands.train ...`` with the same
arguments (without the ``--``, torchrun takes ``--run`` for one of its own options).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table as Grid

    from profiler.operations import SegmentationNetwork
    from search.training.session import Trained


def train(
    model: Annotated[
        str, typer.Argument(help="Network of the zoo, such as DNANet, or a network.json.")
    ],
    data: Annotated[Path, typer.Option(help="Folder with images, masks and a split.")],
    run: Annotated[Path, typer.Option(help="Folder of the run; one that exists goes on.")],
    split: Annotated[str, typer.Option(help="Folder of the lists.")] = "50_50",
    resize_masks: Annotated[
        bool, typer.Option("--resize-masks", help="Resize masks that differ from their image.")
    ] = False,
    backbone: Annotated[str, typer.Option(help="Of a zoo network.")] = "resnet_18",
    channel_size: Annotated[str, typer.Option(help="Of a zoo network.")] = "three",
    deep_supervision: Annotated[bool, typer.Option(help="Of a zoo network.")] = True,
    recipe: Annotated[str, typer.Option(help="reference, dnanet or modern.")] = "modern",
    epochs: Annotated[int | None, typer.Option(help="The recipe's unless given.")] = None,
    batch: Annotated[int | None, typer.Option(help="Images in a step, of all processes.")] = None,
    size: Annotated[int, typer.Option(help="Image side in pixels.")] = 256,
    optimizer: Annotated[str | None, typer.Option(help="adamw or adagrad.")] = None,
    lr: Annotated[float | None, typer.Option(help="Learning rate.")] = None,
    ema: Annotated[float | None, typer.Option(help="Decay of averaged weights; 0 is off.")] = None,
    augmentation: Annotated[str | None, typer.Option(help="reference, dnanet or strong.")] = None,
    precision: Annotated[str, typer.Option(help="fp32, bf16 or fp16.")] = "fp32",
    compute: Annotated[str, typer.Option(help="cpu, cuda or auto.")] = "auto",
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write an event file into the run folder.")
    ] = False,
    test_every: Annotated[
        int,
        typer.Option(
            help="Epochs between looks at the test list, to report what the reference would; "
            "chooses nothing."
        ),
    ] = 0,
) -> None:
    """Train a network of the zoo, or that of a run folder once more, and judge it once."""
    from rich.console import Console

    from search.commands.display import search_progress
    from search.data.folder import open_folder
    from search.distributed import joined
    from search.training.recipes import changed
    from search.training.session import train_network

    network = _network(model, backbone, channel_size, deep_supervision, size)
    chosen = changed(
        recipe,
        epochs=epochs,
        batch=batch,
        size=size,
        optimizer=optimizer,
        learning_rate=lr,
        ema_decay=ema,
        augmentation=augmentation,
        precision=precision,
        seed=seed,
        test_every=test_every,
    )
    dataset = open_folder(data, split=split, seed=seed, resize_masks=resize_masks)
    with joined(compute) as world:
        console = Console(quiet=not world.main)
        with search_progress(console) as listener:
            listener.on_phase(
                f"training {model} on {len(dataset.train)} images, {world.size} process(es) "
                f"on {world.device.type}"
            )
            trained = train_network(
                network,
                dataset,
                chosen,
                run=run,
                world=world,
                on_epoch=listener.on_epoch,
                tensorboard=tensorboard,
            )
        console.print(_grid(f"{dataset.name}, {size} pixels", trained))
        console.print(f"written: {run}", soft_wrap=True)


def _network(
    model: str, backbone: str, channel_size: str, deep_supervision: bool, size: int
) -> SegmentationNetwork:
    if model.endswith(".json"):
        from search.saved_network import read_network

        return read_network(Path(model))
    from search.zoo import zoo_network

    return zoo_network(
        model,
        backbone=backbone,
        channel_size=channel_size,
        deep_supervision=deep_supervision,
        height=size,
        width=size,
    )


def _grid(title: str, trained: Trained) -> Grid:
    from rich.table import Table as Grid

    result, metrics = trained.result, trained.metrics
    grid = Grid(title=title)
    grid.add_column("figure", no_wrap=True)
    grid.add_column("value")
    grid.add_row("epoch kept", f"{result.best_epoch} of {len(result.losses)}")
    grid.add_row("validation mIoU, which chose it", _or_none(result.best_miou))
    grid.add_row("test mIoU, read once", f"{metrics.miou:.4f}")
    grid.add_row("test nIoU", f"{metrics.niou:.4f}")
    grid.add_row("test Pd", _or_none(metrics.pd))
    grid.add_row("test Fa, per million pixels", f"{metrics.fa * 1e6:.2f}")
    if result.test_mious:
        best = f"{result.best_on_test_miou:.4f}, epoch {result.best_on_test_epoch}"
        grid.add_row("best on test, as the reference reports it", best)
        grid.add_row("last on test, likewise", f"{result.last_on_test_miou:.4f}")
    return grid


def _or_none(value: Any) -> str:
    return "none" if value is None else f"{value:.4f}"


if __name__ == "__main__":
    from profiler.command import main

    sys.exit(main(["train", *sys.argv[1:]], command=train))
