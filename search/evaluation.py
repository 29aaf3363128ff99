"""
How good a trained network is on a list of samples (spec 5.4, 5.5).

Images are resized to the network's size, batch norm uses its running statistics, and nothing
is learned: evaluating leaves a network as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from search.data.augmentation import plain
from search.data.batches import test_batches
from search.data.dataset import Image, Mask, Sample
from search.data.normalisation import Normalisation
from search.metrics.metrics import Metrics, Tally

THRESHOLD = 0.5
"""A pixel is predicted to be a target above this probability (logit 0)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prediction:
    """
    What a network says about one sample, at the network's size.

    Args:
        sample: which one.
        image: uint8 H,W,3.
        mask: bool H,W, the truth.
        probability: float32 H,W, of a target.
    """

    sample: Sample
    image: Image
    mask: Mask
    probability: NDArray[np.float32]


def evaluate(
    module: nn.Module,
    samples: Sequence[Sample],
    *,
    size: int,
    normalisation: Normalisation,
    batch: int = 8,
) -> Metrics:
    """
    Return the figures of *module* on *samples*.

    Args:
        module: images N,3,H,W to logits N,1,H,W; left in the mode it was in.
        samples: at least one.
        size: H and W the images are resized to, in pixels.
        normalisation: what the network was trained with.
        batch: N, how many images run together.

    Raises:
        DataInvalid: no samples, or a file that cannot be read.
    """
    scores = tally(module, samples, size=size, normalisation=normalisation, batch=batch)
    return scores.metrics()


def tally(
    module: nn.Module,
    samples: Sequence[Sample],
    *,
    size: int,
    normalisation: Normalisation,
    batch: int = 8,
) -> Tally:
    """
    Return the scores of the single images, in the order of *samples*.

    Args and errors are those of ``evaluate``.
    """
    scores = Tally()
    for probability, mask in _probabilities(module, samples, size, normalisation, batch):
        scores.add(probability > THRESHOLD, mask)
    return scores


def predictions(
    module: nn.Module,
    samples: Sequence[Sample],
    *,
    size: int,
    normalisation: Normalisation,
    batch: int = 8,
) -> Iterator[Prediction]:
    """
    Yield what *module* says about each sample, in order, for pictures and tables.

    Args and errors are those of ``evaluate``.
    """
    found = _probabilities(module, samples, size, normalisation, batch)
    for sample, (probability, mask) in zip(samples, found, strict=True):
        image, _ = plain(*sample.load(), size)
        yield Prediction(sample=sample, image=image, mask=mask, probability=probability)


@contextmanager
def evaluating(module: nn.Module) -> Iterator[torch.device]:
    """Put *module* in evaluation mode for a while and hand out the device it is on."""
    training = module.training
    module.eval()
    try:
        yield device_of(module)
    finally:
        module.train(training)


def device_of(module: nn.Module) -> torch.device:
    """Return the device the weights of *module* are on."""
    weight = next(module.parameters(), None)
    return weight.device if weight is not None else torch.device("cpu")


def _probabilities(
    module: nn.Module,
    samples: Sequence[Sample],
    size: int,
    normalisation: Normalisation,
    batch: int,
) -> Iterator[tuple[NDArray[np.float32], Mask]]:
    batches = test_batches(samples, size=size, batch=batch, normalisation=normalisation)
    for images, masks in batches.epoch(0):
        with evaluating(module) as device, torch.inference_mode():
            logits = module(images.to(device))  # N,1,H,W
        for probability, mask in zip(logits.sigmoid().cpu().numpy(), masks.numpy(), strict=True):
            yield probability[0], mask[0] > 0
