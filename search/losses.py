"""The segmentation loss of every phase (spec 3.5)."""

from __future__ import annotations

import torch
from torch import Tensor


def soft_iou_loss(logits: Tensor, target: Tensor) -> Tensor:
    """
    Return 1 - (I + 1) / (sum p + sum t - I + 1), one scalar over the whole batch.

    p is the sigmoid of the logits, t the target, I the sum of p * t.

    Args:
        logits: any shape, usually N,1,H,W.
        target: the same shape, 1 where a target is, else 0.
    """
    probability = logits.sigmoid()
    intersection = (probability * target).sum()
    union = probability.sum() + target.sum() - intersection
    return 1 - (intersection + 1) / (union + 1)


def deeply_supervised_loss(logits: Tensor, target: Tensor) -> Tensor:
    """
    Return the mean of the SoftIoU losses of all heads (spec 7.2); of one head, its own.

    Args:
        logits: N,K,H,W, a channel for each of K heads; the last one is the prediction.
        target: N,1,H,W, 1 where a target is, else 0.
    """
    heads = torch.split(logits, 1, dim=1)
    return torch.stack([soft_iou_loss(head, target) for head in heads]).mean()
