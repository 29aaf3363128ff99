"""
The meta nested architecture: which cells there can be and what each may become.

Cell (i, j) stands at iteration i and level j; iteration i has ``levels - i`` cells, level j works
at the image's size halved j times.  Iteration 0 is a plain encoder.  Source: spec/hna_nas.md
sections 1.1 and 1.5.
"""

from __future__ import annotations

from dataclasses import dataclass

from profiler.errors import OperationInvalid
from profiler.operations import DEFAULT_CANDIDATES, EXTENDED_CANDIDATES, candidate_label
from profiler.operations.checks import require_positive
from profiler.operations.network import Place

CHANNELS = {
    "one": (4, 8, 16, 32, 64),
    "two": (8, 16, 32, 64, 128),
    "three": (16, 32, 64, 128, 256),
    "four": (32, 64, 128, 256, 512),
    "all_16": (16, 16, 16, 16, 16),
    "all_32": (32, 32, 32, 32, 32),
    "all_48": (48, 48, 48, 48, 48),
}
"""Output channels by level, under the names HNA-NAS gives them."""

BLOCKS = {
    "resnet_10": (1, 1, 1, 1, 1),
    "resnet_18": (1, 2, 2, 2, 2),
    "resnet_34": (1, 3, 4, 6, 3),
}
"""Stacked blocks of the cells of iteration 0, by level; every other cell has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceOptions:
    """
    What distinguishes a space beyond the paper's from the paper's.

    Args:
        candidates: names of the candidate operations, in the order of the architecture parameters.
        reduced: whether inputs are reduced before they are resampled, see ``ReducedNetwork``.
    """

    candidates: tuple[str, ...] = DEFAULT_CANDIDATES
    reduced: bool = False


SPACES = {
    "paper": SpaceOptions(),
    "extended": SpaceOptions(candidates=EXTENDED_CANDIDATES, reduced=True),
}
"""What a search may choose among, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaSpace:
    """
    A search space: sizes, widths and candidates; a topology says which cells are used.

    Args:
        levels: L, the number of levels and of iterations.
        channels: output channels of a cell, by level.
        blocks: M of the cells of iteration 0, by level; every other cell has M = 1.
        candidates: names of the candidate operations, in the order of the architecture parameters.
        height: H of the image, in pixels.
        width: W of the image, in pixels.
        batch: N the network is deployed and measured with.
        reduced: whether a cell has what it reads at another size reduced to its own channels
            before it is resampled, see ``ReducedNetwork``.

    Raises:
        OperationInvalid: lists of the wrong length, an unknown or repeated candidate, or an image
            too small to be halved ``levels - 1`` times.
    """

    levels: int = 5
    channels: tuple[int, ...]
    blocks: tuple[int, ...]
    candidates: tuple[str, ...] = DEFAULT_CANDIDATES
    height: int
    width: int
    batch: int = 1
    reduced: bool = False

    def __post_init__(self) -> None:
        require_positive(self)
        for name, values in (("channels", self.channels), ("blocks", self.blocks)):
            if len(values) != self.levels:
                raise OperationInvalid(
                    f"space: {name}={values} has {len(values)} values; give one for each of "
                    f"{self.levels} levels"
                )
        if min(self.height, self.width) >> (self.levels - 1) < 1:
            raise OperationInvalid(
                f"space: {self.height}x{self.width} pixels cannot be halved {self.levels - 1} "
                f"times; use at least {1 << (self.levels - 1)} pixels each way"
            )
        if not self.candidates or len(set(self.candidates)) != len(self.candidates):
            raise OperationInvalid(
                f"space: candidates={self.candidates}; give at least one, and each once"
            )
        for candidate in self.candidates:
            candidate_label(candidate)

    @property
    def places(self) -> tuple[Place, ...]:
        """Every cell there can be, in the order in which they run."""
        return grid(self.levels)

    def blocks_at(self, place: Place) -> int:
        """Return M of the cell at *place*."""
        return self.blocks[place[1]] if place[0] == 0 else 1


def grid(levels: int) -> tuple[Place, ...]:
    """
    Return the cells of a meta nested architecture, in the order in which they run.

    >>> grid(2)
    ((0, 0), (0, 1), (1, 0))
    """
    return tuple((i, j) for i in range(levels) for j in range(levels - i))


def named_space(
    channels: str = "two",
    backbone: str = "resnet_18",
    *,
    height: int = 256,
    width: int = 256,
    batch: int = 1,
    options: str = "paper",
    candidates: tuple[str, ...] | None = None,
) -> MetaSpace:
    """
    Return a space by the names HNA-NAS gives its widths and depths.

    Args:
        channels: a name of ``CHANNELS``.
        backbone: a name of ``BLOCKS``.
        height: H of the image, in pixels.
        width: W of the image, in pixels.
        batch: N the network is deployed with.
        options: a name of ``SPACES``.
        candidates: names of the candidate operations; those of *options* unless given.

    Raises:
        OperationInvalid: no configuration has that name.
    """
    for name, known in ((channels, CHANNELS), (backbone, BLOCKS), (options, SPACES)):
        if name not in known:
            raise OperationInvalid(f"unknown configuration {name!r}; known are {', '.join(known)}")
    return MetaSpace(
        channels=CHANNELS[channels],
        blocks=BLOCKS[backbone],
        candidates=SPACES[options].candidates if candidates is None else candidates,
        height=height,
        width=width,
        batch=batch,
        reduced=SPACES[options].reduced,
    )
