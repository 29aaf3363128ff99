"""
Targets as connected components, and which of them were found (spec 5.5).

Components are 8-connected and numbered in raster order.  For each target in that order the
first predicted component not yet taken whose centroid is less than 3 pixels away is its match.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_EIGHT_NEIGHBOURS = np.ones((3, 3), dtype=np.int64)
_NEAR_PIXELS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """
    One connected region.

    Args:
        row: of its centroid.
        column: of its centroid.
        area: how many pixels it has.
    """

    row: float
    column: float
    area: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """
    What one prediction found.

    Args:
        targets: how many components the mask has.
        found: areas of the predicted components that match a target.
        false: areas of those that match none.
    """

    targets: int
    found: tuple[int, ...]
    false: tuple[int, ...]

    @property
    def compat_false_pixels(self) -> int:
        """
        Pixels of false components as the reference counts them.

        It tells components apart by their area, so a false one that is as large as a matched
        one of the same image is not counted.
        """
        return sum(area for area in self.false if area not in self.found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """
    Targets beside what was predicted for them.

    Args:
        hits: each found target and the predicted component that matches it.
        misses: targets without one.
        false: predicted components that match no target.
    """

    hits: tuple[tuple[Component, Component], ...]
    misses: tuple[Component, ...]
    false: tuple[Component, ...]


def components(mask: NDArray[np.bool_]) -> list[Component]:
    """Return the 8-connected components of *mask*, H,W, in raster order."""
    if not mask.any():
        return []
    labels, _ = ndimage.label(mask, structure=_EIGHT_NEIGHBOURS)
    found = []
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        pixels = np.argwhere(labels[box] == number) + [side.start for side in box]
        row, column = pixels.mean(axis=0).tolist()
        found.append(Component(row=row, column=column, area=len(pixels)))
    return found


def match(prediction: NDArray[np.bool_], mask: NDArray[np.bool_]) -> Matches:
    """Return which targets of *mask* are found in *prediction*, both H,W."""
    pairing = paired(prediction, mask)
    return Matches(
        targets=len(pairing.hits) + len(pairing.misses),
        found=tuple(predicted.area for _, predicted in pairing.hits),
        false=tuple(component.area for component in pairing.false),
    )


def paired(prediction: NDArray[np.bool_], mask: NDArray[np.bool_]) -> Pairing:
    """Pair the targets of *mask* with what *prediction* shows, both H,W."""
    remaining = components(prediction)
    hits: list[tuple[Component, Component]] = []
    misses: list[Component] = []
    for target in components(mask):
        index = _first_near(target, remaining)
        if index is None:
            misses.append(target)
        else:
            hits.append((target, remaining.pop(index)))
    return Pairing(hits=tuple(hits), misses=tuple(misses), false=tuple(remaining))


def _first_near(target: Component, others: Sequence[Component]) -> int | None:
    for index, other in enumerate(others):
        if np.hypot(other.row - target.row, other.column - target.column) < _NEAR_PIXELS:
            return index
    return None
