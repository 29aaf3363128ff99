"""
How good a trained network is on a list of samples (spec 5.4, 5.5).

Images are resized to one size, or each is taken at its own; batch norm uses its running
statistics, and nothing is learned: evaluating leaves a network as it was.  Of a network with
several heads (deep supervision) the last is the prediction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit
from torch import Tensor, nn

from profiler.errors import DataInvalid, OperationInvalid
from search.data.batches import test_batches
from search.data.dataset import Image, Mask, Sample
from search.data.images import resized_image
from search.data.normalisation import Normalisation
from search.metrics.metrics import Metrics, Tally


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prediction:
    """
    What a network says about one sample, at the size it was evaluated at.

    Args:
        sample: which one.
        mask: bool H,W, the truth.
        logits: float32 H,W; above 0 a target is predicted.
    """

    sample: Sample
    mask: Mask
    logits: NDArray[np.float32]

    @property
    def predicted(self) -> Mask:
        """Where a target is predicted, bool H,W."""
        return self.logits > 0

    @property
    def probability(self) -> NDArray[np.float32]:
        """Of a target, float32 H,W."""
        found: NDArray[np.float32] = expit(self.logits)
        return found

    @property
    def image(self) -> Image:
        """The image, uint8 H,W,3, read again."""
        image, _ = self.sample.load_as_stored()
        return resized_image(image, *self.mask.shape)


def evaluate(
    module: nn.Module,
    samples: Sequence[Sample],
    *,
    size: int | None,
    normalisation: Normalisation,
    batch: int = 8,
) -> Metrics:
    """
    Return the figures of *module* on *samples*.

    Args:
        module: images N,3,H,W to logits N,K,H,W, the last of which counts; left in the mode it
            was in.
        samples: at least one.
        size: H and W the images are resized to, in pixels; None takes each at its own size, one
            by one, which asks for a module that can (``AnySize``).
        normalisation: what the network was trained with.
        batch: N, how many resized images run together.

    Raises:
        DataInvalid: no samples, a file that cannot be read, or an image too small for the network.
    """
    return tally(module, samples, size=size, normalisation=normalisation, batch=batch).metrics()


def tally(
    module: nn.Module,
    samples: Sequence[Sample],
    *,
    size: int | None,
    normalisation: Normalisation,
    batch: int = 8,
) -> Tally:
    """
    Return the scores of the single images, in the order of *samples*.

    Args and errors are those of ``evaluate``.
    """
    scores = Tally()
    found = predictions(module, samples, size=size, normalisation=normalisation, batch=batch)
    for prediction in found:
        scores.add(prediction.predicted, prediction.mask)
    return scores


def predictions(
    module: nn.Module,
    samples: Sequence[Sample],
    *,
    size: int | None,
    normalisation: Normalisation,
    batch: int = 8,
) -> Iterator[Prediction]:
    """
    Yield what *module* says about each sample, in order, for figures, pictures and tables.

    Args and errors are those of ``evaluate``.
    """
    if not samples:
        raise DataInvalid("there are no images to evaluate")
    found = (
        _at_their_own_size(module, samples, normalisation)
        if size is None
        else _resized(module, samples, size, normalisation, batch)
    )
    for sample, (logits, mask) in zip(samples, found, strict=True):
        yield Prediction(sample=sample, mask=mask, logits=logits)


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


def _resized(
    module: nn.Module,
    samples: Sequence[Sample],
    size: int,
    normalisation: Normalisation,
    batch: int,
) -> Iterator[tuple[NDArray[np.float32], Mask]]:
    batches = test_batches(samples, size=size, batch=batch, normalisation=normalisation)
    for images, masks in batches.epoch(0):
        for logits, mask in zip(_logits(module, images), masks.numpy(), strict=True):
            yield logits, mask[0] > 0


def _at_their_own_size(
    module: nn.Module, samples: Sequence[Sample], normalisation: Normalisation
) -> Iterator[tuple[NDArray[np.float32], Mask]]:
    for sample in samples:
        image, mask = sample.load()
        try:
            (logits,) = _logits(module, torch.from_numpy(normalisation.apply(image))[None])
        except OperationInvalid as error:
            raise DataInvalid(f"image {sample.id}: {error}") from error
        yield logits, mask


def _logits(module: nn.Module, images: Tensor) -> NDArray[np.float32]:
    """Return the prediction for images N,3,H,W, as N,H,W."""
    with evaluating(module) as device, torch.inference_mode():
        logits = module(images.to(device))  # N,K,H,W
        last: NDArray[np.float32] = logits[:, -1].float().cpu().numpy()
    return last
