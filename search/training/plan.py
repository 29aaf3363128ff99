"""What a training is to do, and what came of it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn
from torch.optim import Optimizer

from profiler.errors import RunInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPlan:
    """
    How a network is trained.

    The default learns in few epochs; the reference's recipe is ``optimizer="adagrad"``,
    ``learning_rate=0.01``, ``epochs=1500``, ``batch=16`` (spec 3.6).

    Args:
        epochs: passes over the training list.
        batch: N, images in a step.
        size: H and W of the images, in pixels.
        optimizer: ``adamw`` with a cosine learning rate, or ``adagrad`` with a constant one.
        learning_rate: of the first step.
        weight_decay: of AdamW; Adagrad has none, as in the reference.
        ema_decay: how much of the average of the weights stays at each step; 0 keeps the
            weights themselves.  The average is what is validated and kept.
        seed: of order and augmentation.

    Raises:
        RunInvalid: a number no training can have.
    """

    epochs: int = 100
    batch: int = 16
    size: int = 256
    optimizer: Literal["adamw", "adagrad"] = "adamw"
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    ema_decay: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.epochs, self.batch, self.size) < 1:
            raise RunInvalid(
                f"training plan: epochs={self.epochs}, batch={self.batch}, size={self.size}: "
                "each at least 1"
            )
        if not self.learning_rate > 0 or self.weight_decay < 0:
            raise RunInvalid(
                f"training plan: learning_rate={self.learning_rate} must be positive, "
                f"weight_decay={self.weight_decay} not negative"
            )
        if not 0 <= self.ema_decay < 1:
            raise RunInvalid(f"training plan: ema_decay={self.ema_decay}: from 0 to below 1")
        if self.optimizer not in ("adamw", "adagrad"):
            raise RunInvalid(f"training plan: optimizer {self.optimizer!r}: adamw or adagrad")

    def learning_rate_at(self, step: int, steps: int) -> float:
        """Return the learning rate of *step*, from 0, of *steps*."""
        if self.optimizer == "adagrad":
            return self.learning_rate
        cosine = math.cos(math.pi * step / steps)
        return 0.5 * self.learning_rate * (1 + cosine)

    def make_optimizer(self, weights: Iterable[nn.Parameter]) -> Optimizer:
        """Return the optimizer of *weights* at its first step."""
        if self.optimizer == "adagrad":
            return torch.optim.Adagrad(weights, lr=self.learning_rate)
        return torch.optim.AdamW(weights, lr=self.learning_rate, weight_decay=self.weight_decay)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingResult:
    """
    What came of a training; the module itself holds the weights of the best epoch.

    Args:
        best_epoch: the epoch kept, from 1.
        best_miou: its mIoU on the validation list; None without one, when the last is kept.
        losses: mean SoftIoU loss of each epoch.
        validation_mious: mIoU on the validation list after each epoch.
    """

    best_epoch: int
    best_miou: float | None
    losses: tuple[float, ...]
    validation_mious: tuple[float, ...]
