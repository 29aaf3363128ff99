"""
The loop of stage 1: weights and selection matrices learn together, on training images.

There is no validation split here, and no hardware term unless the plan asks for one
(spec/hna_nas.md section 2.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from profiler.errors import HnaError
from profiler.operations.network import Place
from profiler.space import Gene, MetaSpace, Topology, write_gene
from search.checkpoint import save_checkpoint
from search.data.batches import Batches
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
from search.stage1.hardware import InputCosts
from search.stage1.plan import Stage1Plan
from search.stage1.selection import entropy, gene_of, picks_of, probable_picks
from search.stage1.supernet import Stage1Supernet
from search.stage1.term import TopologyTerm
from search.training.initialise import initialise

CHECKPOINT = "stage1.pt"
GENE = "gene.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage1Result:
    """
    What stage 1 found.

    Args:
        topology: which cells run and what they read.
        gene: the picks it was decoded from, in the consistent order.
        selection: probability of each candidate input (rows) for each pick (columns), by cell.
        history: one report an epoch; with costs, each names ``expected_us``.
    """

    topology: Topology
    gene: Gene
    selection: Mapping[Place, tuple[tuple[float, ...], ...]]
    history: tuple[EpochReport, ...]

    @property
    def picks(self) -> Mapping[Place, tuple[int, ...]]:
        """The sorted picks of every cell."""
        return self.gene.picks


def search_topology(
    space: MetaSpace,
    batches: Batches,
    plan: Stage1Plan,
    *,
    run: Path,
    costs: InputCosts | None = None,
    on_epoch: OnEpoch = ignore,
) -> Stage1Result:
    """
    Learn which inputs each cell keeps.

    Writes a checkpoint and ``gene.txt`` into *run*; called again with the same arguments it goes
    on where it stopped.

    Args:
        space: levels and blocks of the meta architecture.
        batches: of training images.
        plan: the settings.
        run: folder of the run.
        costs: what the device pays for cells and inputs.  A hardware term needs them; where the
            plan has none, they let the expected latency be reported.
        on_epoch: called after every epoch.

    Raises:
        BudgetInfeasible: no topology meets the budget; carries the smallest latency there is.
        RunInvalid: the folder holds the checkpoint of another search.
        DataInvalid: the images cannot be read.
        HnaError: the loss is no number any more, or the plan has a hardware term without costs.
    """
    if plan.hardware != "none" and costs is None:
        raise HnaError(
            f"stage 1: hardware={plan.hardware!r} needs what inputs cost on the device; measure "
            "the input operations of the space, or search with hardware='none'"
        )
    search = _Search(space, plan, costs, run / CHECKPOINT)
    for epoch in range(search.finished, plan.epochs):
        on_epoch(search.advance(epoch, batches))
    result = search.result()
    write_gene(run / GENE, result.gene)
    return result


class _Search:
    """The state of a running search: supernet, optimiser, multiplier, history."""

    def __init__(
        self, space: MetaSpace, plan: Stage1Plan, costs: InputCosts | None, checkpoint: Path
    ) -> None:
        self._plan = plan
        self._checkpoint = checkpoint
        self._name = fingerprint(
            "stage1", space.levels, space.blocks, replace(plan, device="any"), costs
        )
        self._term = TopologyTerm(costs, plan) if costs else None
        with seeded(plan.seed):
            supernet = Stage1Supernet(space.blocks, plan.width, plan.alpha_init)
            if plan.init == "xavier":
                initialise(supernet, plan.seed)
            expect_few_targets(supernet.head, plan.target_prior)
        self._supernet = to_device(supernet, plan.device)
        self._optimiser = torch.optim.Adagrad(
            [
                {"params": supernet.weights(), "lr": plan.lr},
                {"params": list(supernet.selection), "lr": plan.alpha_lr},
            ]
        )
        self._history: list[EpochReport] = []
        self.finished = 0
        state = restore(checkpoint, self._name)
        if state is not None:
            self._load(state)

    def advance(self, epoch: int, batches: Batches) -> EpochReport:
        """Learn for one epoch, counted from 0."""
        tau = self._plan.tau_at(epoch)
        loss = self._learn(epoch, batches, tau)
        report = EpochReport(
            phase="stage1",
            epoch=epoch + 1,
            epochs=self._plan.epochs,
            values={"loss": loss, "tau": tau, "entropy_nats": entropy(self._supernet.alphas)}
            | self._expectation(),
        )
        self._history.append(report)
        self.finished = epoch + 1
        if self.finished % self._plan.checkpoint_every == 0 or self.finished == self._plan.epochs:
            save_checkpoint(self._checkpoint, self._state())
        return report

    def result(self) -> Stage1Result:
        """Return what was found so far."""
        alphas = {place: alpha.detach().cpu() for place, alpha in self._supernet.alphas.items()}
        gene = gene_of(alphas, keep_x=self._plan.keep_x, pick=self._pick)
        return Stage1Result(
            topology=Topology.from_picks(gene.picks, "consistent"),
            gene=gene,
            selection={
                place: tuple(map(tuple, torch.softmax(alpha, dim=0).tolist()))
                for place, alpha in alphas.items()
            },
            history=tuple(self._history),
        )

    def _learn(self, epoch: int, batches: Batches, tau: float) -> float:
        self._supernet.train()
        noisy = self._plan.noise == "gumbel"
        generator = epoch_generator(self._plan.seed, epoch) if noisy else None
        losses = []
        for images, masks in batches.epoch(epoch):
            images = images.to(self._plan.device, memory_format=torch.channels_last)
            logits = self._supernet(images, tau, generator)
            loss = soft_iou_loss(logits, masks.to(self._plan.device))
            self._step(loss)
            losses.append(loss.detach())
        return mean_loss(losses, "stage 1")

    def _step(self, loss: Tensor) -> None:
        priced = self._term if self._plan.hardware == "latency" else None
        self._optimiser.zero_grad()
        if priced is None:
            torch.autograd.backward(loss)
        else:
            # At the last temperature, or cooling would go on lowering what just met the budget.
            expected_us = priced.expected_us(self._supernet.alphas, self._plan.tau_end)
            torch.autograd.backward(priced.objective(loss, expected_us))
            priced.ascend(expected_us)
        self._optimiser.step()

    @torch.no_grad()
    def _expectation(self) -> dict[str, float]:
        """Return what the hardware term has to report; nothing without costs."""
        if self._term is None:
            return {}
        expected_us = self._term.expected_us(self._supernet.alphas, self._plan.tau_end)
        values = {"expected_us": float(expected_us)}
        if self._plan.hardware == "latency":
            values["multiplier"] = float(self._term.multiplier)
        return values

    def _pick(self, alpha: Tensor) -> tuple[int, ...]:
        """Return the rows a matrix keeps, as the plan removes them."""
        if self._plan.removal == "argmax":
            return picks_of(alpha)
        return probable_picks(alpha, self._plan.tau_end, self._plan.keep_above)

    def _state(self) -> dict[str, Any]:
        return {
            "search": self._name,
            "finished": self.finished,
            "supernet": self._supernet.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "multiplier": self._term.multiplier if self._term else None,
            "history": reports_to_plain(self._history),
        }

    def _load(self, state: dict[str, Any]) -> None:
        self._supernet.load_state_dict(state["supernet"])
        self._optimiser.load_state_dict(state["optimiser"])
        if self._term is not None:
            self._term.multiplier = state["multiplier"].to(self._plan.device)
        self._history = reports_from_plain(state["history"])
        self.finished = state["finished"]
