"""
The loop of stage 2: weights learn on training images, alpha on validation images.

Warm-up epochs move weights only; then every few weight steps one architecture step follows, whose
objective is the loss and the expected cost together (spec/hna_nas.md section 3.6).  The test
images are never seen here, and validation images leave no trace in batch norms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, islice
from math import cos, pi
from pathlib import Path as FilePath
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from profiler.space import CellCandidates, MetaSpace, Topology, cell_candidates
from search.checkpoint import save_checkpoint
from search.data.batches import Batch, Batches
from search.derive import Choice, derive
from search.distributed import World
from search.limits import Limit
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
from search.stage2.architecture import Path
from search.stage2.hardware import HardwareTerm
from search.stage2.plan import Stage2Plan
from search.stage2.sampling import Sampler
from search.stage2.shrinking import remaining, shrink
from search.stage2.supernet import Stage2Supernet
from search.training.initialise import initialise

CHECKPOINT = "stage2.pt"

WEIGHT_DECAY = 1e-4
"""Of AdamW."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage2Result:
    """
    What stage 2 learned.

    Args:
        choice: the candidates left, their log-probabilities and the limits: what ``derive`` takes.
        history: one report an epoch.
        supernet: holds the weights; ``supernet.weights_of`` hands out those of a choice.
    """

    choice: Choice
    history: tuple[EpochReport, ...]
    supernet: Stage2Supernet = field(repr=False, compare=False)


def search_operations(
    space: MetaSpace,
    topology: Topology,
    limits: Sequence[Limit],
    train_batches: Batches,
    validation_batches: Batches,
    plan: Stage2Plan,
    *,
    run: FilePath,
    on_epoch: OnEpoch = ignore,
    world: World | None = None,
) -> Stage2Result:
    """
    Learn which candidate each cell becomes.

    Writes a checkpoint into *run*; called again with the same arguments it goes on where it
    stopped.

    Args:
        space: sizes, widths, candidates.
        topology: which cells run and what they read.
        limits: what the network must keep, such as one latency budget for each device; their
            costs are of ``cell_candidates(space, topology, distinct=plan.distinct)``.
        train_batches: weights learn on these.
        validation_batches: alpha learns on these; never the test list.
        plan: the settings.
        run: folder of the run.
        on_epoch: called after every epoch.
        world: the processes that search together, each with its part of every batch and the same
            paths; alone unless given.  Process 0 writes the checkpoints.

    Raises:
        BudgetInfeasible: no network meets a budget; carries the smallest that is met.
        LimitsInfeasible: no network meets all of them.
        RunInvalid: the folder holds the checkpoint of another search.
        HnaError: the loss is no number any more.
    """
    candidates = cell_candidates(space, topology, distinct=plan.distinct)
    name = fingerprint("stage2", space, topology, limits, replace(plan, device="any"))
    with seeded(plan.seed):
        supernet = to_device(
            Stage2Supernet(space, topology, candidates, base=plan.base), plan.device
        )
    if plan.init == "xavier":
        initialise(supernet, plan.seed)
    expect_few_targets(supernet.head, plan.target_prior)
    derive(remaining(supernet.architecture, candidates, limits))  # refuses before hours are spent
    search = _Search(supernet, limits, plan, run / CHECKPOINT, name, world or World())
    for epoch in range(search.finished, plan.epochs):
        on_epoch(search.advance(epoch, train_batches, validation_batches))
    return search.result()


class _Search:
    """The state of a running search: supernet, two optimisers, multipliers, history."""

    def __init__(
        self,
        supernet: Stage2Supernet,
        limits: Sequence[Limit],
        plan: Stage2Plan,
        checkpoint: FilePath,
        name: str,
        world: World,
    ) -> None:
        self._world = world
        self._supernet = supernet.train()
        self._candidates: CellCandidates = supernet.candidates
        self._limits = limits
        self._term = HardwareTerm(limits, plan)
        self._plan = plan
        self._checkpoint = checkpoint
        self._name = name
        self._alpha = supernet.architecture.alpha
        self._weights = supernet.weights()
        self._optimiser = _optimiser(self._weights, plan)
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
        sampler = Sampler(self._supernet.architecture, self._plan, epoch)
        every = min(self._plan.arch_every, len(train))
        searching = epoch >= self._plan.warmup_epochs + self._plan.arch_start_epoch
        held_out = _endless(validation, self._arch_steps)
        losses, arch_losses = [], []
        for step, batch in enumerate(train.epoch(epoch)):
            self._set_lr(epoch, step / len(train))
            losses.append(self._weight_step(batch, sampler.weight_path(generator)))
            if searching and (step + 1) % every == 0:
                path = sampler.architecture_path(generator)
                arch_losses.append(self._architecture_step(next(held_out), path))
        shrink(self._supernet.architecture, self._candidates, self._limits, self._plan, epoch)
        report = self._report(epoch, losses, arch_losses)
        self.finished = epoch + 1
        self._world.average(self._supernet.running_statistics())
        due = self.finished % self._plan.checkpoint_every == 0
        if self._world.main and (due or self.finished == self._plan.epochs):
            save_checkpoint(self._checkpoint, self._state())
        return report

    def result(self) -> Stage2Result:
        """Return what was learned so far."""
        return Stage2Result(
            choice=remaining(self._supernet.architecture, self._candidates, self._limits),
            history=tuple(self._history),
            supernet=self._supernet,
        )

    def _weight_step(self, batch: Batch, path: Path) -> Tensor:
        images, masks = self._placed(batch)
        loss = soft_iou_loss(self._supernet(images, path), masks)
        self._optimiser.zero_grad()
        torch.autograd.backward(loss)
        self._world.average_gradients(self._weights)
        self._optimiser.step()
        return loss.detach()

    def _architecture_step(self, batch: Batch, path: Path) -> Tensor:
        images, masks = self._placed(batch)
        architecture, mode = self._supernet.architecture, self._plan.mode
        with self._supernet.frozen_statistics():
            logits = self._supernet(images, path, in_memory=mode != "full_v2")
            loss = soft_iou_loss(logits, masks)
            expected = self._term.expected(self._counted(path.probabilities))
            objective = self._term.objective(loss, expected)
            # Asking for alpha alone spares the gradients of all weights.
            (self._alpha.grad,) = torch.autograd.grad(objective, self._alpha)
        self._world.average_gradients([self._alpha])
        before = self._alpha.detach().clone()
        self._arch_optimiser.step()
        if mode == "two":
            architecture.rescale(before, path)
        self._term.adapt(expected)
        self._arch_steps += 1
        return loss.detach()

    def _counted(self, involved: Tensor) -> Tensor:
        """
        Return the probabilities the expected cost is taken over.

        Those of the pair in mode ``two`` of the reference's forms; all of them for a constraint,
        which is about the network that is searched and not about the pair that was drawn.
        """
        if self._plan.form == "constraint":
            return self._supernet.architecture.probabilities()
        return involved

    def _placed(self, batch: Batch) -> tuple[Tensor, Tensor]:
        images, masks = batch
        device = self._plan.device
        return images.to(device, memory_format=torch.channels_last), masks.to(device)

    def _set_lr(self, epoch: int, part: float) -> None:
        searched = max(0.0, epoch + part - self._plan.warmup_epochs) / self._plan.search_epochs
        self._optimiser.param_groups[0]["lr"] = 0.5 * self._plan.lr * (1 + cos(pi * searched))

    def _report(self, epoch: int, losses: list[Tensor], arch_losses: list[Tensor]) -> EpochReport:
        architecture = self._supernet.architecture
        values = {"loss": mean_loss(losses, "stage 2"), "entropy_nats": architecture.entropy()}
        values |= self._term.report(architecture.probabilities().detach())
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
            "multipliers": self._term.multipliers,
            "history": reports_to_plain(self._history),
        }

    def _load(self, state: dict[str, Any]) -> None:
        self._supernet.load_state_dict(state["supernet"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._arch_optimiser.load_state_dict(state["arch_optimiser"])
        self._term.multipliers = state["multipliers"].to(self._plan.device)
        self._history = reports_from_plain(state["history"])
        self._arch_steps = state["arch_steps"]
        self.finished = state["finished"]


def _optimiser(weights: Sequence[nn.Parameter], plan: Stage2Plan) -> Optimizer:
    if plan.optimizer == "adagrad":
        return torch.optim.Adagrad(weights, lr=plan.lr)
    return torch.optim.AdamW(weights, lr=plan.lr, weight_decay=WEIGHT_DECAY)


def _endless(batches: Batches, skip: int) -> Iterator[Batch]:
    """Yield batches epoch after epoch, from the one after *skip* of them on."""
    first, skipped = divmod(skip, len(batches))
    for epoch in count(first):
        yield from islice(batches.epoch(epoch), skipped, None)
        skipped = 0
