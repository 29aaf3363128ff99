"""
What a stage-2 search does, and with which numbers.

Defaults are those of the shipped run (spec/hna_nas.md section 3.6) but for two.  Alpha learns at
0.02 instead of 0.005: the shipped search stopped while its distribution was nearly uniform.  The
objective pulls the expected latency to the budget (``add#linear_abs``) instead of ever further
down (``add#linear``): the budget is there to be spent, and ``derive`` sees that it is kept.
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

Form = Literal["add#linear", "add#linear_abs", "mul#log"]
"""How loss and expected cost become one objective (spec 3.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage2Plan:
    """
    The settings of a stage-2 search.

    Args:
        warmup_epochs: passes over the training images in which only weights learn.
        search_epochs: passes in which alpha learns as well.
        lr: learning rate of the weights (Adagrad); constant in the warm-up, then cosine to 0.
        arch_lr: learning rate of alpha (Adam, betas 0 and 0.999).
        arch_every: weight steps between two architecture steps, within an epoch.
        arch_start_epoch: search epochs before the first architecture step.
        mode: how the gradient of alpha is estimated.
        form: how the expected latency enters the objective.
        price: lambda of the two additive forms.
        log_factor: alpha of ``mul#log``.
        log_exponent: beta of ``mul#log``.
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
    lr: float = 0.01
    arch_lr: float = 0.02
    arch_every: int = 5
    arch_start_epoch: int = 0
    mode: Mode = "full_v2"
    form: Form = "add#linear_abs"
    price: float = 0.2
    log_factor: float = 0.2
    log_exponent: float = 0.3
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
        if min(self.warmup_epochs, self.arch_start_epoch) < 0:
            raise HnaError("stage 2: warmup_epochs and arch_start_epoch must not be negative")

    @property
    def epochs(self) -> int:
        """Warm-up and search together."""
        return self.warmup_epochs + self.search_epochs


def reference_plan(seed: int = 0) -> Stage2Plan:
    """Return the settings of the shipped run."""
    return Stage2Plan(
        warmup_epochs=1500,
        arch_lr=0.005,
        arch_start_epoch=1,
        form="add#linear",
        price=0.1,
        distinct=False,
        init="torch",
        target_prior=None,
        seed=seed,
    )
