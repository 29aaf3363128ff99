"""
Training one network: SoftIoU on the training list, the epoch chosen on the validation list.

Every epoch ends with a checkpoint, and a run that finds one goes on after it.  The test list is
never read here.  Weights are those the module comes with: call ``initialise`` for fresh ones.
"""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import nn

from profiler.errors import TrainingDiverged
from search.checkpoint import load_checkpoint, save_checkpoint
from search.data.batches import Batches, training_batches
from search.data.dataset import Dataset
from search.evaluation import device_of, evaluate
from search.losses import soft_iou_loss
from search.progress import EpochReport, OnEpoch, ignore
from search.training.plan import TrainingPlan, TrainingResult
from search.training.state import TrainingState, copied

CHECKPOINT = "training.pt"
"""The checkpoint's name in the run folder."""


def train(
    module: nn.Module,
    dataset: Dataset,
    plan: TrainingPlan,
    *,
    run: Path,
    on_epoch: OnEpoch = ignore,
) -> TrainingResult:
    """
    Train *module*, or go on where an earlier call in the same run folder stopped.

    Args:
        module: images N,3,H,W to logits N,1,H,W, on the device to train on; afterwards it
            holds the weights of the best epoch and is in evaluation mode.
        dataset: trains on ``train``, chooses the epoch on ``validation``.
        plan: how.
        run: the folder of the checkpoint.
        on_epoch: told the loss, mIoU and nIoU of every epoch this call runs.

    Raises:
        TrainingDiverged: the loss is infinite or no number; the module holds the best epoch
            so far, or the weights it came with, and the checkpoint the last good epoch.
        RunInvalid: the checkpoint cannot be used or written.
        DataInvalid: the data cannot be used.
    """
    module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    state = TrainingState(module, plan)
    path = run / CHECKPOINT
    if path.exists():
        state.restore(load_checkpoint(path), str(path))
    batches = training_batches(
        dataset.train,
        size=plan.size,
        batch=plan.batch,
        seed=plan.seed,
        normalisation=dataset.normalisation,
    )
    start = copied(module.state_dict())
    try:
        while state.epoch < plan.epochs:
            report = _epoch(state, batches, dataset)
            save_checkpoint(path, state.as_dict())
            on_epoch(report)
    finally:
        module.load_state_dict(state.best or start)
        module.eval()
    return _result(state)


def _epoch(state: TrainingState, batches: Batches, dataset: Dataset) -> EpochReport:
    loss = _train_epoch(state, batches)
    values = {"loss": loss, "learning_rate": state.optimizer.param_groups[0]["lr"]}
    state.losses.append(loss)
    weights = state.candidate()
    miou = None
    if dataset.validation:
        metrics = _validate(state, dataset)
        miou = metrics["miou"]
        state.mious.append(miou)
        values |= metrics
    state.keep_if_best(weights, miou)
    return EpochReport(phase="train", epoch=state.epoch, epochs=state.plan.epochs, values=values)


def _train_epoch(state: TrainingState, batches: Batches) -> float:
    """Take the steps of one epoch and return their mean loss."""
    device = device_of(state.module)
    steps = state.plan.epochs * len(batches)
    state.module.train()
    losses = []
    for images, masks in batches.epoch(state.epoch):
        learning_rate = state.plan.learning_rate_at(state.step, steps)
        for group in state.optimizer.param_groups:
            group["lr"] = learning_rate
        images = images.to(device, memory_format=torch.channels_last)
        loss = soft_iou_loss(state.module(images), masks.to(device))
        value = loss.item()
        if not math.isfinite(value):
            raise _diverged(state, value)
        state.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        state.optimizer.step()
        state.step += 1
        state.update_average()
        losses.append(value)
    if not all(weight.isfinite().all() for weight in state.module.parameters()):
        raise _diverged(state, math.nan)  # the last step did it, and no loss has seen it yet
    return math.fsum(losses) / len(losses)


def _validate(state: TrainingState, dataset: Dataset) -> dict[str, float]:
    """Return mIoU and nIoU on the validation list, of the average if there is one."""
    weights = copied(state.module.state_dict())
    if state.average is not None:
        state.module.load_state_dict(state.average)
    metrics = evaluate(
        state.module,
        dataset.validation,
        size=state.plan.size,
        normalisation=dataset.normalisation,
        batch=state.plan.batch,
    )
    state.module.load_state_dict(weights)
    return {"miou": metrics.miou, "niou": metrics.niou}


def _diverged(state: TrainingState, loss: float) -> TrainingDiverged:
    kept = f"epoch {state.best_epoch} is kept" if state.best else "no epoch had finished"
    return TrainingDiverged(
        f"the loss is {loss} in epoch {state.epoch + 1}, step {state.step + 1}; {kept}; "
        f"lower the learning rate, which is {state.plan.learning_rate}"
    )


def _result(state: TrainingState) -> TrainingResult:
    return TrainingResult(
        best_epoch=state.best_epoch,
        best_miou=state.best_miou,
        losses=tuple(state.losses),
        validation_mious=tuple(state.mious),
    )
