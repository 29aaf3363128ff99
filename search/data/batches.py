"""
Batches of augmented images (spec 5.3) and of plain ones (spec 5.4).

Everything random is a function of the seed, the epoch and the sample, so a run that resumes
sees exactly what it would have seen.  Samples are decoded by threads a few batches ahead, in an
order that does not depend on them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from profiler.errors import DataInvalid
from search.data.augmentation import augmented, plain
from search.data.dataset import Image, Mask, Sample
from search.data.normalisation import Normalisation

_AHEAD = 2
_THREADS = 2

Prepare = Callable[[Sample, np.random.Generator], tuple[Image, Mask]]
"""Loads a sample and brings it to the size of the batch."""

Batch = tuple[Tensor, Tensor]
"""Images N,3,H,W normalised, masks N,1,H,W of 0 and 1; both float32."""


class Batches:
    """
    The batches of one list of samples, epoch after epoch.

    Args:
        samples: at least one.
        prepare: what is done to each.
        batch: N, the number of images in a batch.
        seed: of the order and of the augmentation.
        normalisation: of the images.
        shuffle: draw a new order each epoch and drop an incomplete last batch, unless it is
            the only one.

    Raises:
        DataInvalid: no samples, or a batch of none.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        *,
        prepare: Prepare,
        batch: int,
        seed: int,
        normalisation: Normalisation,
        shuffle: bool,
    ) -> None:
        if not samples:
            raise DataInvalid("there are no images to make batches of")
        if batch < 1:
            raise DataInvalid(f"batch {batch}: at least one image")
        self._samples = tuple(samples)
        self._prepare = prepare
        self._batch = batch
        self._seed = seed
        self._normalisation = normalisation
        self._shuffle = shuffle

    def __len__(self) -> int:
        """Return how many batches an epoch has."""
        full, rest = divmod(len(self._samples), self._batch)
        return full if self._shuffle and full else full + (rest > 0)

    def epoch(self, number: int) -> Iterator[Batch]:
        """
        Yield the batches of epoch *number*: images N,3,H,W and masks N,1,H,W, both float32.

        Raises:
            DataInvalid: a file cannot be read.
        """
        chunks = deque(self._chunks(number))
        waiting: deque[list[Future[Batch]]] = deque()
        with ThreadPoolExecutor(_THREADS) as pool:
            while chunks or waiting:
                while chunks and len(waiting) <= _AHEAD:
                    chunk = chunks.popleft()
                    waiting.append([pool.submit(self._load, i, number) for i in chunk])
                images, masks = zip(*(f.result() for f in waiting.popleft()), strict=True)
                yield torch.stack(images), torch.stack(masks)

    def _chunks(self, number: int) -> list[list[int]]:
        order = np.arange(len(self._samples))
        if self._shuffle:
            order = np.random.default_rng((self._seed, number)).permutation(order)
        starts = range(0, len(self) * self._batch, self._batch)
        return [order[start : start + self._batch].tolist() for start in starts]

    def _load(self, index: int, number: int) -> Batch:
        generator = np.random.default_rng((self._seed, number, index))
        image, mask = self._prepare(self._samples[index], generator)
        normalised = torch.from_numpy(self._normalisation.apply(image))  # 3,H,W
        return normalised, torch.from_numpy(mask.astype(np.float32))[None]  # 1,H,W


def training_batches(
    samples: Sequence[Sample], *, size: int, batch: int, seed: int, normalisation: Normalisation
) -> Batches:
    """
    Return shuffled, augmented batches (spec 5.3 with base and crop both *size*).

    Args:
        samples: at least one.
        size: H and W of the batches, in pixels.
        batch: N; an incomplete last batch is dropped unless it is the only one.
        seed: of the order and of the augmentation.
        normalisation: of the images.

    Raises:
        DataInvalid: no samples, or an impossible size or batch.
    """
    return Batches(
        samples,
        prepare=lambda sample, generator: augmented(*sample.load(), size, generator),
        batch=batch,
        seed=seed,
        normalisation=normalisation,
        shuffle=True,
    )


def test_batches(
    samples: Sequence[Sample], *, size: int, batch: int, normalisation: Normalisation
) -> Batches:
    """
    Return every sample once, in order, resized to *size* x *size* (spec 5.4).

    Args:
        samples: at least one.
        size: H and W of the batches, in pixels.
        batch: N; the last batch may be smaller.
        normalisation: of the images.

    Raises:
        DataInvalid: no samples, or an impossible size or batch.
    """
    return Batches(
        samples,
        prepare=lambda sample, _: plain(*sample.load_as_stored(), size),
        batch=batch,
        seed=0,
        normalisation=normalisation,
        shuffle=False,
    )
