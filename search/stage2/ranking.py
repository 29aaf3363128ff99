"""
How good a network is in the supernet, batch norms recalibrated.

While a supernet trains, each batch norm averages over every path it was part of; those statistics
belong to no network (the reference ranks with them).  Here they are measured anew for each network
on training images before it is judged on validation images.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

import torch
from torch import nn

from profiler.operations.network import Place
from search.data.batches import Batches
from search.losses import soft_iou_loss
from search.stage2.architecture import Path
from search.stage2.supernet import Stage2Supernet

RECALIBRATION_BATCHES = 2
"""Training batches the statistics are measured on."""

MOMENTUM = 0.1
"""Of batch norms while they train (spec/hna_nas.md section 3.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """
    What the supernet says of a network.

    Args:
        loss: SoftIoU loss on the validation images, the mean of their batches.
        miou: foreground IoU of all their pixels together.
    """

    loss: float
    miou: float


class Judge:
    """
    Judges one network after the other with the supernet's weights.

    Args:
        supernet: trained; its running statistics are those of the last network afterwards.
        train: statistics are measured on the first batches of these.
        validation: networks are judged on one pass over these.
    """

    def __init__(self, supernet: Stage2Supernet, train: Batches, validation: Batches) -> None:
        device = supernet.head.weight.device
        self._supernet = supernet
        self._norms = [m for m in supernet.modules() if isinstance(m, nn.BatchNorm2d)]
        first = islice(train.epoch(0), RECALIBRATION_BATCHES)
        self._seen = [images.to(device) for images, _ in first]
        self._held_out = [(x.to(device), y.to(device)) for x, y in validation.epoch(0)]

    def __call__(self, chosen: Mapping[Place, str]) -> Judged:
        """Return how the network of the chosen candidates does."""
        names = self._supernet.candidates
        path = self._supernet.architecture.fixed_path(
            [names[place].index(candidate) for place, candidate in chosen.items()]
        )
        self._recalibrate(path)
        return self._judge(path)

    def _recalibrate(self, path: Path) -> None:
        """Let every batch norm of *path* average over the images seen, and nothing else."""
        self._supernet.train()
        for norm in self._norms:
            norm.reset_running_stats()
            norm.momentum = None  # the mean of all batches, not a moving one
        with torch.no_grad():
            for images in self._seen:
                self._supernet(images, path)
        for norm in self._norms:
            norm.momentum = MOMENTUM

    def _judge(self, path: Path) -> Judged:
        self._supernet.eval()
        losses, hit, union = [], 0, 0
        with torch.inference_mode():
            for images, masks in self._held_out:
                logits = self._supernet(images, path)
                losses.append(float(soft_iou_loss(logits, masks)))
                predicted, targets = logits > 0, masks > 0
                hit += int((predicted & targets).sum())
                union += int((predicted | targets).sum())
        self._supernet.train()
        return Judged(loss=sum(losses) / len(losses), miou=hit / union if union else 1.0)
