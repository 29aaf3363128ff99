"""
What a stage-2 search does, and with which numbers.

``reference_plan`` is the shipped run (spec/hna_nas.md section 3.6).  A new search differs where
the reference barely searches: candidates are tried inside a network that segments, each equally
often; the budget is a constraint whose multiplier adapts; weak candidates are dropped on the way,
so that the probabilities sharpen; and the best few networks are compared with batch norms
recalibrated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from profiler.errors import HnaError
from search.prior import TARGET_PRIOR

Mode = Literal["full_v2", "full", "two"]
"""
How an architecture step estimates the gradient of alpha (spec 3.3).

``full_v2``: all candidates, one at a time, in the backward pass.  ``full``: the same gradients,
all candidates in memory.  ``two``: a pair of candidates drawn for each cell; a sixth of the time.
"""

Form = Literal["constraint", "add#linear", "add#linear_abs", "mul#log"]
"""
How loss and expected cost become one objective (spec 3.5).

``constraint`` is none of the reference's: each budget has a multiplier that grows while the
expected cost is above it and shrinks, down to 0, while it is below.
"""

Sampling = Literal["local", "probability"]
"""Which candidates a step runs; see ``search.stage2.sampling``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage2Plan:
    """
    The settings of a stage-2 search.

    Args:
        warmup_epochs: passes over the training images in which only weights learn.
        search_epochs: passes in which alpha learns as well.
        optimizer: of the weights: ``adamw`` or, as the reference, ``adagrad``.
        lr: learning rate of the weights; constant in the warm-up, then cosine to 0.
        arch_lr: learning rate of alpha (Adam, betas 0 and 0.999).
        arch_every: weight steps between two architecture steps, within an epoch.
        arch_start_epoch: search epochs before the first architecture step.
        mode: how the gradient of alpha is estimated.
        form: how expected costs enter the objective.
        price: lambda of the two additive forms.
        dual_lr: how fast the multipliers of ``constraint`` move, each architecture step.
        log_factor: alpha of ``mul#log``.
        log_exponent: beta of ``mul#log``.
        sampling: which candidates a step runs.
        base: the candidate at which cells stand still.
        base_share: share of the warm-up in which all of them do.
        openness: share of cells that are open in a step after that.
        keep: share of each cell's candidates that is left at the end of the search; the least
            probable are dropped one after the other.  1 drops none, as the reference.
        swaps: score every candidate when the search ends, by its loss in the base network;
            otherwise the most probable network is taken, as in the reference.
        distinct: leave out candidates that are the same operation as an earlier one.
        init: initial weights of the convolutions: ``xavier``, as the reference retrains, or
            torch's own, as it searches.
        target_prior: probability of a target that the head starts with; None leaves torch's 0.5.
        seed: of initial weights, initial alphas and sampled paths.
        checkpoint_every: epochs between two checkpoints; the last epoch always has one.
        device: where torch computes.

    Raises:
        HnaError: a number that cannot be.
    """

    warmup_epochs: int = 100
    search_epochs: int = 100
    optimizer: Literal["adamw", "adagrad"] = "adamw"
    lr: float = 0.01
    arch_lr: float = 0.02
    arch_every: int = 5
    arch_start_epoch: int = 0
    mode: Mode = "two"
    form: Form = "constraint"
    price: float = 0.2
    dual_lr: float = 0.1
    log_factor: float = 0.2
    log_exponent: float = 0.3
    sampling: Sampling = "local"
    base: str = "3x3_ResConv"
    base_share: float = 0.5
    openness: float = 0.3
    keep: float = 1.0
    swaps: bool = True
    distinct: bool = True
    init: Literal["xavier", "torch"] = "xavier"
    target_prior: float | None = TARGET_PRIOR
    seed: int = 0
    checkpoint_every: int = 1
    device: str = "cpu"

    def __post_init__(self) -> None:
        for name in ("search_epochs", "lr", "arch_lr", "arch_every", "checkpoint_every"):
            if getattr(self, name) <= 0:
                raise HnaError(f"stage 2: {name}={getattr(self, name)}; it must be above 0")
        for name in ("warmup_epochs", "arch_start_epoch", "dual_lr"):
            if getattr(self, name) < 0:
                raise HnaError(f"stage 2: {name}={getattr(self, name)}; it must not be negative")
        for name in ("base_share", "openness"):
            if not 0 <= getattr(self, name) <= 1:
                raise HnaError(f"stage 2: {name}={getattr(self, name)}; it is from 0 to 1")
        if not 0 < self.keep <= 1:
            raise HnaError(f"stage 2: keep={self.keep}; it must be above 0 and at most 1")

    @property
    def epochs(self) -> int:
        """Warm-up and search together."""
        return self.warmup_epochs + self.search_epochs

    def openness_at(self, epoch: int) -> float:
        """Return the share of cells that are open in an epoch, counted from 0."""
        alone = round(self.base_share * self.warmup_epochs)
        return self.openness if epoch >= alone else 0.0

    def kept(self, candidates: int, epoch: int) -> int:
        """
        Return how many of a cell's candidates are left after an epoch.

        Args:
            candidates: how many the cell had at the beginning.
            epoch: counted from 0, the warm-up included.
        """
        searched = max(0, epoch + 1 - self.warmup_epochs) / self.search_epochs
        last = max(1, round(self.keep * candidates))
        return candidates - round((candidates - last) * searched)


def reference_plan(seed: int = 0) -> Stage2Plan:
    """Return the settings of the shipped run."""
    return Stage2Plan(
        warmup_epochs=1500,
        optimizer="adagrad",
        arch_lr=0.005,
        arch_start_epoch=1,
        mode="full_v2",
        form="add#linear",
        price=0.1,
        sampling="probability",
        keep=1.0,
        swaps=False,
        distinct=False,
        init="torch",
        target_prior=None,
        seed=seed,
    )
