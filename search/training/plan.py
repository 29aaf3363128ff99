"""What a training is to do, and what came of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, get_args

import torch
from torch import nn
from torch.optim import Optimizer

from profiler.errors import RunInvalid
from search.data.augmentation import REFERENCE, AugmentationPlan

Precision = Literal["fp32", "bf16", "fp16"]
"""Number format of the forward and backward pass; weights and loss are always fp32."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPlan:
    """
    How a network is trained.

    The default learns in few epochs; ``search.training.recipes`` has the others.

    Args:
        epochs: passes over the training list.
        batch: N, images in a step, of all processes together.
        size: H and W of the images, in pixels.
        optimizer: ``adamw`` with a cosine learning rate, or ``adagrad`` with a constant one.
        learning_rate: of the first step after the warm-up.
        warmup_epochs: during which the learning rate rises from almost 0.
        weight_decay: of AdamW; Adagrad has none, as in the reference.
        gradient_clip: largest norm of all gradients together; 0 leaves them as they are.
        ema_decay: how much of the average of the weights stays at each step; 0 keeps the
            weights themselves.  The average is what is validated and kept.
        precision: what the network computes in; ``fp16`` needs a GPU.
        augmentation: what is drawn for every view of an image.
        test_every: every that many epochs, and at the last, the test list is looked at too, to
            say what choosing on it would have given; it never chooses.  0 never reads it.
        seed: of order and augmentation.

    Raises:
        RunInvalid: a number no training can have.
    """

    epochs: int = 100
    batch: int = 16
    size: int = 256
    optimizer: Literal["adamw", "adagrad"] = "adamw"
    learning_rate: float = 2e-3
    warmup_epochs: float = 0.0
    weight_decay: float = 1e-4
    gradient_clip: float = 0.0
    ema_decay: float = 0.0
    precision: Precision = "fp32"
    augmentation: AugmentationPlan = field(default=REFERENCE)
    test_every: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        for wrong in self._wrong():
            raise RunInvalid(f"training plan: {wrong}")

    def _wrong(self) -> Iterator[str]:
        if min(self.epochs, self.batch, self.size) < 1:
            yield f"epochs={self.epochs}, batch={self.batch}, size={self.size}: each at least 1"
        if not self.learning_rate > 0 or self.weight_decay < 0:
            yield (
                f"learning_rate={self.learning_rate} must be positive, "
                f"weight_decay={self.weight_decay} not negative"
            )
        if not 0 <= self.warmup_epochs < self.epochs:
            yield f"warmup_epochs={self.warmup_epochs}: from 0 to below epochs={self.epochs}"
        if not self.gradient_clip >= 0 or self.test_every < 0:
            yield (
                f"gradient_clip={self.gradient_clip}, test_every={self.test_every}: neither below 0"
            )
        if not 0 <= self.ema_decay < 1:
            yield f"ema_decay={self.ema_decay}: from 0 to below 1"
        if self.optimizer not in ("adamw", "adagrad"):
            yield f"optimizer {self.optimizer!r}: adamw or adagrad"
        if self.precision not in get_args(Precision):
            yield f"precision {self.precision!r}: fp32, bf16 or fp16"

    def learning_rate_at(self, step: int, steps: int) -> float:
        """Return the learning rate of *step*, from 0, of *steps*."""
        warmup = self.warmup_epochs / self.epochs * steps
        if step < warmup:
            return self.learning_rate * min(1.0, (step + 1) / warmup)
        if self.optimizer == "adagrad":
            return self.learning_rate
        cosine = math.cos(math.pi * (step - warmup) / (steps - warmup))
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
        test_mious: epoch and mIoU on the test list, where the plan asked to look; it chose
            nothing.
    """

    best_epoch: int
    best_miou: float | None
    losses: tuple[float, ...]
    validation_mious: tuple[float, ...]
    test_mious: tuple[tuple[int, float], ...] = ()

    @property
    def last_miou(self) -> float | None:
        """Return the mIoU on the validation list after the last epoch."""
        return self.validation_mious[-1] if self.validation_mious else None

    @property
    def best_on_test_epoch(self) -> int | None:
        """Return the epoch the reference would have kept; None if the test list was not read."""
        return self._best_on_test[0] if self.test_mious else None

    @property
    def best_on_test_miou(self) -> float | None:
        """Return the mIoU on the test list the reference reports: the best of those seen."""
        return self._best_on_test[1] if self.test_mious else None

    @property
    def last_on_test_miou(self) -> float | None:
        """Return the mIoU on the test list after the last epoch."""
        return self.test_mious[-1][1] if self.test_mious else None

    @property
    def _best_on_test(self) -> tuple[int, float]:
        return max(self.test_mious, key=lambda seen: seen[1])
