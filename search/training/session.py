"""
A training on its own, outside a search: from a network's description to its run folder.

The folder holds the network and its weights, the checkpoint, ``training.json`` (what was asked and
what came of it) and the figures on the test list, which is read once, after the epoch was chosen.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from torch import nn

from profiler.backends.torch_module import torch_module
from profiler.errors import RunInvalid
from profiler.operations import SegmentationNetwork, operation_key
from search.data.dataset import Dataset
from search.distributed import World
from search.evaluation import tally
from search.metrics.metrics import Metrics
from search.metrics.report import metrics_document, write_images, write_metrics
from search.prior import TARGET_PRIOR, expect_few_targets
from search.progress import OnEpoch, ignore
from search.run_folder import read_json, write_json
from search.saved_network import WEIGHTS_FILE, save_network
from search.training.initialise import initialise
from search.training.loop import CHECKPOINT, train
from search.training.plan import TrainingResult
from search.training.recipes import Recipe

ASKED_FILE = "training.json"
"""What was asked, and once it is finished what came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """
    What came of a training.

    Args:
        result: of the epochs.
        metrics: of the epoch kept, on the test list.
    """

    result: TrainingResult
    metrics: Metrics


def train_network(
    network: SegmentationNetwork,
    dataset: Dataset,
    recipe: Recipe,
    *,
    run: Path,
    world: World | None = None,
    on_epoch: OnEpoch = ignore,
    tensorboard: bool = False,
) -> Trained:
    """
    Train *network* from fresh weights, or go on with it; save it; judge it on the test list.

    Args:
        network: what to train, at any size; it is trained and saved at the plan's.
        dataset: trains on ``train``, chooses the epoch on ``validation``.
        recipe: how.
        run: the folder of everything that is written.
        world: the processes that do it together; process 0 writes.
        on_epoch: told the figures of every epoch.
        tensorboard: also write them as an event file.

    Raises:
        RunInvalid: the folder holds something else, or cannot be written.
        DataInvalid: the data cannot be used.
        TrainingDiverged: the loss is infinite or no number.
    """
    world, size = world or World(), recipe.plan.size
    network = replace(network, height=size, width=size)
    asked = _asked(network, dataset, recipe)
    _claim(run, asked, world)
    module = torch_module(network)
    initialise(module, recipe.plan.seed)
    if recipe.expect_few_targets:
        for head in heads_of(module):
            expect_few_targets(head, TARGET_PRIOR)
    module.to(world.device)
    result = train(
        module,
        dataset,
        recipe.plan,
        run=run,
        on_epoch=on_epoch,
        world=world,
        tensorboard=tensorboard,
    )
    scores = tally(module, dataset.test, size=size, normalisation=dataset.normalisation)
    trained = Trained(result=result, metrics=scores.metrics())
    if world.main:
        save_network(network, module, run, normalisation=dataset.normalisation)
        write_metrics(run, metrics_document(trained.metrics, data=dataset.name, size=size))
        write_images(run, [sample.id for sample in dataset.test], scores)
        write_json(run / ASKED_FILE, asked | {"result": _summary(trained)})
    return trained


def heads_of(module: nn.Module) -> list[nn.Module]:
    """Return the convolutions that make logits: one channel out, with a bias."""
    return [
        layer
        for layer in module.modules()
        if isinstance(layer, nn.Conv2d) and layer.out_channels == 1 and layer.bias is not None
    ]


def _asked(network: SegmentationNetwork, dataset: Dataset, recipe: Recipe) -> dict[str, Any]:
    lists = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    return {
        "network": operation_key(network),
        "data": {"name": dataset.name} | {name: len(each) for name, each in lists.items()},
        "expect_few_targets": recipe.expect_few_targets,
        "plan": asdict(recipe.plan),
    }


def _claim(run: Path, asked: dict[str, Any], world: World) -> None:
    """
    Make the folder this training's, or check that it is.

    Raises:
        RunInvalid: it holds the network of something else.
    """
    path = run / ASKED_FILE
    if not path.exists():
        if (run / WEIGHTS_FILE).exists() or (run / CHECKPOINT).exists():
            raise RunInvalid(f"{run} holds another run's network; choose another folder")
        if world.main:
            write_json(path, asked)
        return
    held = read_json(path)
    changed = [
        name for name in ("network", "data", "expect_few_targets") if held.get(name) != asked[name]
    ]
    if changed:
        raise RunInvalid(
            f"{run} holds a training with another {' and '.join(changed)}; choose another folder"
        )


def _summary(trained: Trained) -> dict[str, Any]:
    result = trained.result
    return {
        "best_epoch": result.best_epoch,
        "best_validation_miou": result.best_miou,
        "last_validation_miou": result.last_miou,
        "test": asdict(trained.metrics),
        "as_the_reference_reports": {
            "best_on_test_miou": result.best_on_test_miou,
            "best_on_test_epoch": result.best_on_test_epoch,
            "last_on_test_miou": result.last_on_test_miou,
        },
    }
