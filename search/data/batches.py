"""
Batches of augmented images (spec 5.3) and of plain ones (spec 5.4).

Everything random is a function of the seed, the epoch and the sample, so a run that resumes
sees exactly what it would have seen, and processes that share a batch see what one would.
Samples are loaded by threads a few batches ahead, in an order that does not depend on them.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from profiler.errors import DataInvalid
from search.data.augmentation import REFERENCE, AugmentationPlan, augmented, plain
from search.data.dataset import Image, Mask, Sample
from search.data.normalisation import Normalisation

_AHEAD = 2
_MOST_THREADS = 8

Prepare = Callable[[Sample, np.random.Generator], tuple[Image, Mask]]
"""Loads a sample and brings it to the size of the batch."""

Batch = tuple[Tensor, Tensor]
"""Images N,3,H,W normalised, masks N,1,H,W of 0 and 1; both float32."""

Shard = tuple[int, int]
"""Which part of every batch a process loads, from 0, and how many parts there are."""


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
        shard: the part of every batch that is loaded; the order is that of the whole.

    Raises:
        DataInvalid: no samples, a batch of none, or batches that cannot be shared evenly.
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
        shard: Shard = (0, 1),
    ) -> None:
        if not samples:
            raise DataInvalid("there are no images to make batches of")
        if batch < 1:
            raise DataInvalid(f"batch {batch}: at least one image")
        if shuffle and min(batch, len(samples)) % shard[1]:
            raise DataInvalid(
                f"{shard[1]} processes cannot share batches of {min(batch, len(samples))} images "
                "evenly; choose a batch they divide, of no more images than there are"
            )
        self._samples = tuple(samples)
        self._prepare = prepare
        self._batch = batch
        self._seed = seed
        self._normalisation = normalisation
        self._shuffle = shuffle
        self._shard = shard

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
        with ThreadPoolExecutor(_threads()) as pool:
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
        return [self._part(order[start : start + self._batch].tolist()) for start in starts]

    def _part(self, chunk: list[int]) -> list[int]:
        part, parts = self._shard
        each = len(chunk) // parts
        return chunk[part * each : (part + 1) * each] if parts > 1 else chunk

    def _load(self, index: int, number: int) -> Batch:
        generator = np.random.default_rng((self._seed, number, index))
        image, mask = self._prepare(self._samples[index], generator)
        normalised = torch.from_numpy(self._normalisation.apply(image))  # 3,H,W
        return normalised, torch.from_numpy(mask.astype(np.float32))[None]  # 1,H,W


def training_batches(
    samples: Sequence[Sample],
    *,
    size: int,
    batch: int,
    seed: int,
    normalisation: Normalisation,
    augmentation: AugmentationPlan = REFERENCE,
    shard: Shard = (0, 1),
) -> Batches:
    """
    Return shuffled, augmented batches (spec 5.3 with base and crop both *size*).

    Args:
        samples: at least one.
        size: H and W of the batches, in pixels.
        batch: N, of all processes together; an incomplete last batch is dropped unless it is
            the only one.
        seed: of the order and of the augmentation.
        normalisation: of the images.
        augmentation: what is drawn for every view.
        shard: the part of every batch that is loaded.

    Raises:
        DataInvalid: no samples, or an impossible size or batch.
    """

    def prepare(sample: Sample, generator: np.random.Generator) -> tuple[Image, Mask]:
        def donor() -> tuple[Image, Mask]:
            return samples[int(generator.integers(len(samples)))].load()

        return augmented(*sample.load(), size, generator, augmentation, donor=donor)

    return Batches(
        samples,
        prepare=prepare,
        batch=batch,
        seed=seed,
        normalisation=normalisation,
        shuffle=True,
        shard=shard,
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


def _threads() -> int:
    """Return how many threads load: two at least, for one waits while the other reads."""
    return min(_MOST_THREADS, max(2, (os.cpu_count() or 2) // 2))
