"""
What is looked at after an epoch, and what that decides.

The validation list decides which epoch is kept.  The test list decides nothing: where a plan asks
for it, its figure is noted beside, to compare with what the reference reports (spec 0.4).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from search.data.dataset import Dataset, Sample
from search.distributed import World
from search.evaluation import evaluate
from search.training.state import TrainingState


def judge(state: TrainingState, dataset: Dataset, world: World) -> dict[str, float]:
    """
    Keep the epoch that has just ended if it validates best; return its figures by name.

    Args:
        state: after the steps of the epoch.
        dataset: its validation list chooses; its test list is read where the plan says so.
        world: whose process 0 has the say, so that all processes keep the same epoch.
    """
    state.share_statistics(world)
    values: dict[str, float] = {}
    with state.as_candidate() as weights:
        if dataset.validation:
            values["miou"], values["niou"] = _figures(state, dataset.validation, dataset, world)
            state.mious.append(values["miou"])
        state.keep_if_best(weights, values.get("miou"))
        if _looks_at_test(state):
            values["test_miou"], _ = _figures(state, dataset.test, dataset, world)
            state.test_mious.append((state.epoch, values["test_miou"]))
    return values


def _looks_at_test(state: TrainingState) -> bool:
    every = state.plan.test_every
    return every > 0 and (state.epoch % every == 0 or state.epoch == state.plan.epochs)


def _figures(
    state: TrainingState, samples: Sequence[Sample], dataset: Dataset, world: World
) -> tuple[float, float]:
    """Return mIoU and nIoU of the module on *samples*."""
    metrics = evaluate(
        state.module,
        samples,
        size=state.plan.size,
        normalisation=dataset.normalisation,
        batch=state.plan.batch,
    )
    seen = torch.tensor([metrics.miou, metrics.niou], dtype=torch.float64, device=world.device)
    world.copy_from_main([seen])
    miou, niou = seen.tolist()
    return miou, niou
