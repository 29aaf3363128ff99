"""
Samples decoded once and kept, so that epochs do not decode their files again.

Pixels stay as they are stored, uint8 and bool: four bytes a pixel.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from search.data.dataset import Sample

LIMIT_BYTES = 4 * 1024**3
"""What a list of samples may take: all data sets of the field fit."""

_AT_ONCE = 64
"""How many are decoded before the limit is looked at again."""


def decoded(samples: Iterable[Sample], *, limit_bytes: int = LIMIT_BYTES) -> tuple[Sample, ...]:
    """
    Return *samples* with their pixels in memory.

    Args:
        samples: on disk or in memory already.
        limit_bytes: once the samples before it take more, a sample stays on disk.

    Raises:
        DataInvalid: a file cannot be read.
    """
    with ThreadPoolExecutor() as pool:
        return tuple(_while_there_is_room(tuple(samples), limit_bytes, pool))


def _while_there_is_room(
    samples: tuple[Sample, ...], limit_bytes: int, pool: ThreadPoolExecutor
) -> Iterator[Sample]:
    used_bytes = 0
    for start in range(0, len(samples), _AT_ONCE):
        chunk = samples[start : start + _AT_ONCE]
        if used_bytes > limit_bytes:
            yield from chunk
            continue
        for sample, (image, mask) in zip(
            chunk, pool.map(Sample.load_as_stored, chunk), strict=True
        ):
            used_bytes += image.nbytes + mask.nbytes
            yield replace(sample, image=image, mask=mask)
