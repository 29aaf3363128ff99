"""
What a network believes before it has seen an image: targets are rare.

A head that starts at probability 0.5 for every pixel spends its first epochs on unlearning that,
because the gradient of SoftIoU vanishes while the prediction covers the image.  And what a head
reads is the output of a ReLU: where all its few weights happen to start negative, no feature can
raise a logit, and the network settles on predicting nothing.  The reference prevents neither.
"""

from __future__ import annotations

from math import log

import torch
from torch import nn

TARGET_PRIOR = 0.005
"""Probability of a target that a new head starts with."""


def expect_few_targets(head: nn.Module, probability: float | None) -> None:
    """
    Start *head* at *probability* everywhere and let every feature raise it; None leaves it.

    Args:
        head: the convolution, with bias, that makes the logits.
        probability: above 0 and below 1.
    """
    if probability is None:
        return
    assert isinstance(head, nn.Conv2d) and head.bias is not None
    with torch.no_grad():
        head.bias.fill_(log(probability / (1 - probability)))
        head.weight.abs_()
