"""
Training one network: SoftIoU on the training list, the epoch chosen on the validation list.

Every epoch ends with a checkpoint, and a run that finds one goes on after it.  The test list is
read only where the plan asks to say what choosing on it would have given, and chooses nothing.
Weights are those the module comes with: call ``initialise`` for fresh ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from profiler.errors import TrainingDiverged
from search.checkpoint import load_checkpoint, save_checkpoint
from search.data.batches import Batches, training_batches
from search.data.dataset import Dataset
from search.data.memory import decoded
from search.distributed import World
from search.evaluation import device_of
from search.progress import EpochReport, OnEpoch, ignore
from search.training.events import event_file
from search.training.judging import judge
from search.training.plan import TrainingPlan, TrainingResult
from search.training.state import TrainingState, copied
from search.training.step import require_precision, take_step

CHECKPOINT = "training.pt"
"""The checkpoint's name in the run folder."""


def train(
    module: nn.Module,
    dataset: Dataset,
    plan: TrainingPlan,
    *,
    run: Path,
    on_epoch: OnEpoch = ignore,
    world: World | None = None,
    tensorboard: bool = False,
    until: int | None = None,
) -> TrainingResult:
    """
    Train *module*, or go on where an earlier call in the same run folder stopped.

    Args:
        module: images N,3,H,W to logits N,K,H,W, a channel for each of K heads of which the
            last predicts, on the device to train on; afterwards it holds the weights of the
            best epoch and is in evaluation mode.
        dataset: trains on ``train``, chooses the epoch on ``validation``; decoded once.
        plan: how.
        run: the folder of the checkpoint.
        on_epoch: told the loss, mIoU and nIoU of every epoch this call runs.
        world: the processes that train it together, each with the module on its own device;
            alone unless given.  Process 0 writes and reports.
        tensorboard: also write the reports as an event file into *run*.
        until: the epoch to stop after, of those of the plan; another call goes on.

    Raises:
        TrainingDiverged: the loss is infinite or no number; the module holds the best epoch
            so far, or the weights it came with, and the checkpoint the last good epoch.
        RunInvalid: the checkpoint cannot be used or written, or the device not in the plan's
            precision.
        DataInvalid: the data cannot be used.
        ExtraMissing: tensorboard is asked for and not installed.
    """
    world = world or World(device=device_of(module))
    require_precision(plan.precision, world.device)
    module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    world.copy_from_main(module.state_dict().values())
    state = TrainingState(module, plan)
    path = run / CHECKPOINT
    if path.exists():
        state.restore(load_checkpoint(path), str(path))
    dataset = _in_memory(dataset, plan)
    batches = _batches(dataset, plan, world)
    start = copied(module.state_dict())
    try:
        with _told(on_epoch, run, world, tensorboard) as tell:
            while state.epoch < min(plan.epochs, until or plan.epochs):
                report = _epoch(state, batches, dataset, world)
                if world.main:
                    save_checkpoint(path, state.as_dict())
                tell(report)
    finally:
        module.load_state_dict(state.best or start)
        module.eval()
    return state.result()


def _in_memory(dataset: Dataset, plan: TrainingPlan) -> Dataset:
    return replace(
        dataset,
        train=decoded(dataset.train),
        validation=decoded(dataset.validation),
        test=decoded(dataset.test) if plan.test_every else dataset.test,
    )


def _batches(dataset: Dataset, plan: TrainingPlan, world: World) -> Batches:
    return training_batches(
        dataset.train,
        size=plan.size,
        batch=plan.batch,
        seed=plan.seed,
        normalisation=dataset.normalisation,
        augmentation=plan.augmentation,
        shard=world.shard,
    )


@contextmanager
def _told(on_epoch: OnEpoch, run: Path, world: World, tensorboard: bool) -> Iterator[OnEpoch]:
    """Yield who is told of an epoch: nobody but process 0's listener, and its event file."""
    if not world.main:
        yield ignore
    elif not tensorboard:
        yield on_epoch
    else:
        with event_file(run) as write:

            def both(report: EpochReport) -> None:
                write(report)
                on_epoch(report)

            yield both


def _epoch(state: TrainingState, batches: Batches, dataset: Dataset, world: World) -> EpochReport:
    loss = _train_epoch(state, batches, world)
    values = {"loss": loss, "learning_rate": state.optimizer.param_groups[0]["lr"]}
    state.losses.append(loss)
    values |= judge(state, dataset, world)
    return EpochReport(phase="train", epoch=state.epoch, epochs=state.plan.epochs, values=values)


def _train_epoch(state: TrainingState, batches: Batches, world: World) -> float:
    """Take the steps of one epoch and return their mean loss."""
    steps, first = state.plan.epochs * len(batches), state.step
    state.module.train()
    losses = [
        take_step(
            state,
            batch,
            learning_rate=state.plan.learning_rate_at(state.step, steps),
            world=world,
        )
        for batch in batches.epoch(state.epoch)
    ]
    together = torch.stack(losses)
    world.average([together])
    values = together.tolist()
    for step, value in enumerate(values, start=first + 1):
        if not math.isfinite(value):
            raise _diverged(state, value, step)
    if not all(weight.isfinite().all() for weight in state.module.parameters()):
        raise _diverged(state, math.nan, state.step)  # the last step did it, no loss has seen it
    return math.fsum(values) / len(values)


def _diverged(state: TrainingState, loss: float, step: int) -> TrainingDiverged:
    kept = f"epoch {state.best_epoch} is kept" if state.best else "no epoch had finished"
    return TrainingDiverged(
        f"the loss is {loss} in epoch {state.epoch + 1}, step {step}; {kept}; "
        f"lower the learning rate, which is {state.plan.learning_rate}"
    )
