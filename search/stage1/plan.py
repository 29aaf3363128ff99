"""
What a stage-1 search does, and with which numbers.

The defaults follow the recommendation of spec/hna_nas.md section 2.5 (small initial alphas, an
annealed temperature, a larger learning rate for alpha), because in the reference the selection is
dominated by its random initialisation; ``reference_plan`` is what the reference ran.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from profiler.errors import HnaError
from search.prior import TARGET_PRIOR

Noise = Literal["none", "gumbel"]
AlphaInit = Literal["small", "xavier"]

Hardware = Literal["none", "latency"]
"""Whether the device's latency enters the objective."""

TopologyForm = Literal["price", "constraint"]
"""How it does: at a constant price, or as a bound that is enforced by dual ascent."""

Removal = Literal["argmax", "threshold"]
"""Which inputs remain: the argmax of each column, or those of sufficient probability."""

_POSITIVE = (
    "epochs",
    "width",
    "lr",
    "alpha_lr",
    "price",
    "budget_share",
    "penalty",
    "multiplier_lr",
    "tau",
    "tau_end",
    "checkpoint_every",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage1Plan:
    """
    The settings of a stage-1 search.

    Args:
        epochs: passes over the training images.
        width: channels of every cell of the supernet.
        lr: learning rate of the weights (Adagrad).
        alpha_lr: learning rate of the selection matrices (Adagrad).
        alpha_init: ``small`` (normal, 1e-3) or ``xavier`` (uniform, as the reference).
        noise: what is added to alpha in training; evaluation adds none.
        hardware: whether the expected latency of the topology enters the objective.
        form: how it does.
        price: of one whole meta architecture, in units of the loss (``price``).
        budget_share: latency not to be exceeded, as a share of that of the meta architecture with
            all inputs (``constraint``).
        penalty: weight, in units of the loss, of a latency that exceeds the budget by all of it,
            before the multiplier has moved (``constraint``).
        multiplier_lr: by how much the multiplier of the constraint climbs in a step in which the
            latency exceeds the budget by all of it.
        removal: which inputs remain.
        keep_above: probability an input must have to remain (``threshold``).
        keep_x: keep the sequential input x of every cell, which the trained fusion always adds;
            the reference drops it unless it is picked.
        tau: temperature of the first epoch.
        tau_end: temperature of the last one; the way between is geometric.
        init: initial weights of the convolutions: ``xavier``, as the reference retrains, or
            torch's own, as it searches.
        target_prior: probability of a target that the head starts with; None leaves torch's 0.5.
        seed: of initial weights, initial alphas and noise.
        checkpoint_every: epochs between two checkpoints; the last epoch always has one.
        device: where torch computes.

    Raises:
        HnaError: a number that cannot be.
    """

    epochs: int = 100
    width: int = 32
    lr: float = 0.01
    alpha_lr: float = 0.1
    alpha_init: AlphaInit = "small"
    noise: Noise = "gumbel"
    hardware: Hardware = "none"
    form: TopologyForm = "constraint"
    price: float = 0.1
    budget_share: float = 0.6
    penalty: float = 1.0
    multiplier_lr: float = 0.002
    removal: Removal = "argmax"
    keep_above: float = 0.5
    keep_x: bool = True
    tau: float = 1.0
    tau_end: float = 0.2
    init: Literal["xavier", "torch"] = "xavier"
    target_prior: float | None = TARGET_PRIOR
    seed: int = 0
    checkpoint_every: int = 1
    device: str = "cpu"

    def __post_init__(self) -> None:
        for name in _POSITIVE:
            if getattr(self, name) <= 0:
                raise HnaError(f"stage 1: {name}={getattr(self, name)}; it must be above 0")
        if not 0 < self.keep_above < 1:
            raise HnaError(f"stage 1: keep_above={self.keep_above}; a probability is in 0 to 1")

    def tau_at(self, epoch: int) -> float:
        """Return the temperature of an epoch, counted from 0."""
        progress = epoch / max(1, self.epochs - 1)
        return float(self.tau * (self.tau_end / self.tau) ** progress)


def reference_plan(seed: int = 0) -> Stage1Plan:
    """Return the settings the reference ran stage 1 with."""
    return Stage1Plan(
        epochs=1500,
        alpha_lr=0.01,
        alpha_init="xavier",
        keep_x=False,
        tau_end=1.0,
        init="torch",
        target_prior=None,
        seed=seed,
    )
