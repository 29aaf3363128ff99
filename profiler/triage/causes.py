"""
What could make operations move together: the causes that a movement is explained by.

A kernel that became faster moves what spends its time there: everywhere, at some resolutions or
widths, or behind some convolutions.  Runtimes choose their code by such conditions, so what one
size does says little of the next.  An operation's family, each of its sizes, and both together
stand for what kernels do not say.  Each cause is a covariance of movements; which of them acted,
and how much, is learnt (``profiler.triage.scales``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profiler.formats.attributes import attributes_of
from profiler.lint.row import Row, row_of
from profiler.summary import Array
from profiler.table import Entry
from profiler.triage.kernels import Place, kernels_of
from profiler.triage.likeness import likeness
from profiler.triage.shares import Shares, shares_of

REACH = 1.5
"""Doublings of size over which one kernel is like itself; less so from the first step on."""

FAMILY_REACH = 4.0
"""Doublings over which operations of one family are alike."""

SIZE_REACH = 2.0
"""Doublings of one size over which operations are alike."""

FEW = 8
"""Of so many values of a size at most, each may be run by code of its own: none is like another."""

LEAST_SHARE = 0.02
"""A kernel that no row spends more of its time in moves none."""


@dataclass(frozen=True)
class ByShare:
    """A cause that moves operations by a share of their time; both arrays are over places."""

    name: str
    shares: Array
    covariance: Array

    def between(self, left: Sequence[int], right: Sequence[int]) -> Array:
        """Return the covariance of the movements of some operations with those of others."""
        found: Array = self.shares[left] @ self.covariance @ self.shares[right].T
        return found

    def variances(self) -> Array:
        """Return the variance of the movement of each operation."""
        found: Array = np.sum(self.shares @ self.covariance * self.shares, axis=1)
        return found


@dataclass(frozen=True)
class ByClass:
    """A cause that moves operations of a class alike; ``classes`` has the class of each."""

    name: str
    classes: NDArray[np.intp]
    covariance: Array

    def between(self, left: Sequence[int], right: Sequence[int]) -> Array:
        """Return the covariance of the movements of some operations with those of others."""
        found: Array = self.covariance[np.ix_(self.classes[left], self.classes[right])]
        return found

    def variances(self) -> Array:
        """Return the variance of the movement of each operation."""
        found: Array = np.diag(self.covariance)[self.classes]
        return found


@dataclass(frozen=True)
class Alone:
    """What moves one operation and no other; ``count`` is how many there are."""

    count: int
    name: str = "alone"

    def between(self, left: Sequence[int], right: Sequence[int]) -> Array:
        """Return 1 where an operation meets itself, else 0."""
        found: Array = np.equal.outer(np.asarray(left), np.asarray(right)).astype(np.float64)
        return found

    def variances(self) -> Array:
        """Return the variance of the movement of each operation."""
        return np.ones(self.count)


Cause = ByShare | ByClass | Alone


def causes_of(entries: Sequence[Entry]) -> tuple[Cause, ...]:
    """Return what could move the operations of *entries*, which hold latencies above zero."""
    rows = [row_of(entry, attributes_of) for entry in entries]
    kernels = [kernels_of(entry.operation) for entry in entries]
    shares = shares_of(kernels, np.array([entry.latency_us for entry in entries]))
    return (
        *_of_kernels(shares),
        *_of_families(rows),
        *_of_sizes(rows),
        *_of_both(rows),
        Alone(len(rows)),
    )


def _of_kernels(shares: Shares) -> Iterator[Cause]:
    for kind in sorted({place.kind for place in shares.places}):
        at = [number for number, place in enumerate(shares.places) if place.kind == kind]
        spent = shares.of_rows[:, at]
        if np.abs(spent.sum(axis=1)).max(initial=0.0) < LEAST_SHARE:
            continue
        yield ByShare(kind, spent.sum(axis=1, keepdims=True), np.ones((1, 1)))
        yield from _where(kind, spent, [shares.places[number] for number in at])


def _where(kind: str, spent: Array, places: Sequence[Place]) -> Iterator[Cause]:
    """Yield one kind of kernel by each condition on where it runs; those all meet are left out."""
    conditions = {
        "at a size": _near(places),
        "at a resolution": _same([place.pixels for place in places]),
        "at a width": _same([place.channels for place in places]),
    }
    behind = _same([place.after for place in places])
    for said, alike in conditions.items():
        if not np.all(alike == 1):
            yield ByShare(f"{kind} {said}", spent, alike)
    if np.all(behind == 1):
        return
    yield ByShare(f"{kind} behind a convolution", spent, behind)
    for said, alike in conditions.items():
        yield ByShare(f"{kind} behind a convolution {said}", spent, alike * behind)


def _near(places: Sequence[Place]) -> Array:
    sizes = np.array([[place.pixels, place.channels] for place in places])
    apart = np.sqrt(np.sum((sizes[:, None, :] - sizes[None, :, :]) ** 2, axis=2))
    near: Array = np.exp(-apart / REACH)
    return near


def _of_families(rows: Sequence[Row]) -> Iterator[Cause]:
    families = [dict(row.family) for row in rows]
    for name in sorted({name for family in families for name in family}):
        said = [family.get(name, "") for family in families]
        if len(set(said)) > 1:
            values = sorted(set(said))
            classes = np.array([values.index(text) for text in said], dtype=np.intp)
            yield ByClass(name, classes, np.eye(len(values)))


def _of_sizes(rows: Sequence[Row]) -> Iterator[Cause]:
    for name in sorted({name for row in rows for name in row.sizes}):
        said = np.log2(1 + np.array([row.sizes.get(name, 0.0) for row in rows]))
        values, classes = np.unique(said, return_inverse=True)
        if len(values) > 1:
            smooth = np.exp(-0.5 * (np.subtract.outer(values, values) / SIZE_REACH) ** 2)
            yield ByClass(name, classes, np.eye(len(values)) if len(values) <= FEW else smooth)


def _of_both(rows: Sequence[Row]) -> Iterator[Cause]:
    distances = likeness(rows)
    related = np.exp(-distances.families)
    everyone = np.arange(len(rows))
    yield ByClass("family", everyone, related)
    near = np.exp(-0.5 * (distances.doublings / FAMILY_REACH) ** 2)
    yield ByClass("family and sizes", everyone, related * near)


def _same(said: Sequence[str] | Sequence[float]) -> Array:
    named = np.array(said)
    same: Array = np.equal.outer(named, named).astype(np.float64)
    return same
