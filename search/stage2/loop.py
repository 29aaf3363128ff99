"""
The loop of stage 2: weights learn on training images, alpha on validation images.

Warm-up epochs move weights only; then every few weight steps one architecture step follows, whose
objective is the loss and the expected latency together (spec/hna_nas.md section 3.6).  The test
images are never seen here, and validation images leave no trace in batch norms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count, islice
from math import cos, pi
from pathlib import Path as FilePath
from typing import Any

import torch
from torch import Tensor

from profiler.estimation import Calibration
from profiler.operations.network import Place
from profiler.table import Table
from search.checkpoint import save_checkpoint
from search.data.batches import Batch, Batches
from search.derive import Choices, require_feasible
from search.losses import soft_iou_loss
from search.prior import expect_few_targets
from search.progress import EpochReport, OnEpoch, ignore
from search.resume import (
    epoch_generator,
    fingerprint,
    mean_loss,
    reports_from_plain,
    reports_to_plain,
    restore,
    seeded,
    to_device,
)
from search.space import MetaSpace, Topology, cell_candidates
from search.stage2.hardware import (
    HardwareTerm,
    expected_latency,
    hardware_term,
    latency_choices,
    with_log_probabilities,
)
from search.stage2.plan import Stage2Plan
from search.stage2.supernet import Stage2Supernet
from search.training.initialise import initialise

CHECKPOINT = "stage2.pt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage2Result:
    """
    What stage 2 learned.

    Args:
        log_probabilities: of each candidate of each cell.
        choices: the same with the latency each candidate adds: what ``derive`` takes.
        history: one report an epoch; search epochs name ``expected_us`` and ``entropy_nats``.
        supernet: holds the weights; ``supernet.weights_of`` hands out those of a choice.
    """

    log_probabilities: Mapping[Place, Mapping[str, float]]
    choices: Choices
    history: tuple[EpochReport, ...]
    supernet: Stage2Supernet = field(repr=False, compare=False)


def search_operations(
    space: MetaSpace,
    topology: Topology,
    table: Table,
    calibration: Calibration,
    train_batches: Batches,
    validation_batches: Batches,
    budget_us: float,
    plan: Stage2Plan,
    *,
    run: FilePath,
    on_epoch: OnEpoch = ignore,
) -> Stage2Result:
    """
    Learn which candidate each cell becomes.

    Writes a checkpoint into *run*; called again with the same arguments it goes on where it
    stopped.

    Args:
        space: sizes, widths, candidates.
        topology: which cells run and what they read.
        table: latencies of every operation of the space.
        calibration: how sums over the table become latencies of networks.
        train_batches: weights learn on these.
        validation_batches: alpha learns on these; never the test list.
        budget_us: the latency aimed at, in microseconds.
        plan: the settings.
        run: folder of the run.
        on_epoch: called after every epoch.

    Raises:
        EntryMissing: names every operation the table has no row for.
        TableMismatch: the table is of another image size or batch.
        BudgetInfeasible: no network meets the budget; carries the smallest latency there is.
        RunInvalid: the folder holds the checkpoint of another search.
        HnaError: the loss is no number any more.
    """
    candidates = cell_candidates(space, topology, distinct=plan.distinct)
    choices = latency_choices(space, topology, candidates, table, calibration)
    require_feasible(choices, budget_us)
    term = hardware_term(expected_latency(choices).to(plan.device), budget_us, plan)
    name = fingerprint("stage2", space, topology, choices, budget_us, plan)
    with seeded(plan.seed):
        supernet = to_device(Stage2Supernet(space, topology, candidates), plan.device)
    if plan.init == "xavier":
        initialise(supernet, plan.seed)
    expect_few_targets(supernet.head, plan.target_prior)
    search = _Search(supernet, term, plan, run / CHECKPOINT, name)
    for epoch in range(search.finished, plan.epochs):
        on_epoch(search.advance(epoch, train_batches, validation_batches))
    return search.result(choices)


class _Search:
    """The state of a running search: supernet, two optimisers, history."""

    def __init__(
        self,
        supernet: Stage2Supernet,
        term: HardwareTerm,
        plan: Stage2Plan,
        checkpoint: FilePath,
        name: str,
    ) -> None:
        self._supernet = supernet.train()
        self._term = term
        self._plan = plan
        self._checkpoint = checkpoint
        self._name = name
        self._alpha = supernet.architecture.alpha
        self._optimiser = torch.optim.Adagrad(supernet.weights(), lr=plan.lr)
        self._arch_optimiser = torch.optim.Adam([self._alpha], lr=plan.arch_lr, betas=(0.0, 0.999))
        self._history: list[EpochReport] = []
        self._arch_steps = 0
        self.finished = 0
        state = restore(checkpoint, name)
        if state is not None:
            self._load(state)

    def advance(self, epoch: int, train: Batches, validation: Batches) -> EpochReport:
        """Learn for one epoch, counted from 0."""
        generator = epoch_generator(self._plan.seed, epoch)
        every = min(self._plan.arch_every, len(train))
        searching = epoch >= self._plan.warmup_epochs + self._plan.arch_start_epoch
        held_out = _endless(validation, self._arch_steps)
        losses, arch_losses = [], []
        for step, batch in enumerate(train.epoch(epoch)):
            self._set_lr(epoch, step / len(train))
            losses.append(self._weight_step(batch, generator))
            if searching and (step + 1) % every == 0:
                arch_losses.append(self._architecture_step(next(held_out), generator))
        report = self._report(epoch, losses, arch_losses)
        self.finished = epoch + 1
        if self.finished % self._plan.checkpoint_every == 0 or self.finished == self._plan.epochs:
            save_checkpoint(self._checkpoint, self._state())
        return report

    def result(self, choices: Choices) -> Stage2Result:
        """Return what was learned so far."""
        learned = with_log_probabilities(choices, self._supernet.architecture.log_probabilities())
        return Stage2Result(
            log_probabilities={
                cell.place: dict(zip(cell.names, cell.log_probabilities, strict=True))
                for cell in learned.cells
            },
            choices=learned,
            history=tuple(self._history),
            supernet=self._supernet,
        )

    def _weight_step(self, batch: Batch, generator: torch.Generator) -> Tensor:
        images, masks = self._placed(batch)
        path = self._supernet.architecture.weight_path(generator)
        loss = soft_iou_loss(self._supernet(images, path), masks)
        self._optimiser.zero_grad()
        torch.autograd.backward(loss)
        self._optimiser.step()
        return loss.detach()

    def _architecture_step(self, batch: Batch, generator: torch.Generator) -> Tensor:
        images, masks = self._placed(batch)
        architecture, mode = self._supernet.architecture, self._plan.mode
        draw = architecture.pair_path if mode == "two" else architecture.full_path
        path = draw(generator)
        with self._supernet.frozen_statistics():
            logits = self._supernet(images, path, in_memory=mode != "full_v2")
            loss = soft_iou_loss(logits, masks)
            expected = self._term.expected(path.probabilities)
            objective = self._term.objective(loss, expected)
            # Asking for alpha alone spares the gradients of all weights.
            (self._alpha.grad,) = torch.autograd.grad(objective, self._alpha)
        before = self._alpha.detach().clone()
        self._arch_optimiser.step()
        if mode == "two":
            architecture.rescale(before, path)
        self._arch_steps += 1
        return loss.detach()

    def _placed(self, batch: Batch) -> tuple[Tensor, Tensor]:
        images, masks = batch
        device = self._plan.device
        return images.to(device, memory_format=torch.channels_last), masks.to(device)

    def _set_lr(self, epoch: int, part: float) -> None:
        searched = max(0.0, epoch + part - self._plan.warmup_epochs) / self._plan.search_epochs
        self._optimiser.param_groups[0]["lr"] = 0.5 * self._plan.lr * (1 + cos(pi * searched))

    def _report(self, epoch: int, losses: list[Tensor], arch_losses: list[Tensor]) -> EpochReport:
        architecture = self._supernet.architecture
        expected_us = self._term.expected(architecture.probabilities().detach())
        values = {
            "loss": mean_loss(losses, "stage 2"),
            "expected_us": float(expected_us),
            "entropy_nats": architecture.entropy(),
        }
        if arch_losses:
            values["validation_loss"] = mean_loss(arch_losses, "stage 2")
        report = EpochReport(
            phase="stage2", epoch=epoch + 1, epochs=self._plan.epochs, values=values
        )
        self._history.append(report)
        return report

    def _state(self) -> dict[str, Any]:
        return {
            "search": self._name,
            "finished": self.finished,
            "arch_steps": self._arch_steps,
            "supernet": self._supernet.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "arch_optimiser": self._arch_optimiser.state_dict(),
            "history": reports_to_plain(self._history),
        }

    def _load(self, state: dict[str, Any]) -> None:
        self._supernet.load_state_dict(state["supernet"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._arch_optimiser.load_state_dict(state["arch_optimiser"])
        self._history = reports_from_plain(state["history"])
        self._arch_steps = state["arch_steps"]
        self.finished = state["finished"]


def _endless(batches: Batches, skip: int) -> Iterator[Batch]:
    """Yield batches epoch after epoch, from the one after *skip* of them on."""
    first, skipped = divmod(skip, len(batches))
    for epoch in count(first):
        yield from islice(batches.epoch(epoch), skipped, None)
        skipped = 0
