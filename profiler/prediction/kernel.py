"""
A kernel: what a runtime runs as one, by kind and size, in doublings.

An operation is the sum of its kernels; kernels alike cost alike, whatever operation they are in.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, log2

Named = tuple[tuple[str, str], ...]
"""Texts by name, in the order of their names."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """
    One kernel.

    Args:
        family: what kind it is, as texts.
        work: natural logarithm of a first guess at what it costs, in any unit.
        doublings: logarithms to base 2 of its sizes, by name.
    """

    family: Named
    work: float
    doublings: tuple[tuple[str, float], ...]


Counted = tuple[float, Kernel]
"""How often a kernel is run; negative where it is subtracted with the border."""


def kernel(kind: str, work: float, shape: tuple[int, ...], **sizes: float) -> Kernel:
    """Return a kernel of *kind* that makes, or reads, a tensor of *shape*."""
    batch, channels, height, width = (*shape, 1, 1, 1, 1)[:4]
    named = {"channels_in": float(channels), "batch": float(batch)} | sizes
    named["pixels"] = float(height * width)
    groups, pixels = named.get("groups", 1.0), named["pixels"]
    wide = groups * (named["channels_in"] + named.get("channels_out", named["channels_in"]))
    named["touched"] = wide * pixels * batch
    return Kernel(
        family=(("kind", kind),),
        work=log(max(work, 1.0)),
        doublings=tuple(sorted((name, log2(value)) for name, value in named.items())),
    )
