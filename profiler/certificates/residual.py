"""
Where the error of calibrated sums comes from, by what each suspect explains of it.

A sum of rows may miss what every kernel costs to start, what happens between cells, and that a
network's caches are neither hot nor cold.  Each is added to ``scale * sum + constant`` by itself,
then all together, and the error of networks left out of the fit says what it explains.  Unlike a
calibration this may look at what the runtime made of the whole network: it explains, and prices
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import pi, sqrt
from statistics import NormalDist
from typing import ClassVar

import numpy as np

from profiler.certificates.evidence import Evidence, varying
from profiler.operations import Network, PlacedOperation
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS
from profiler.summary import CONFIDENCE, Array

ALL = "all together"

_SAME = {
    "kernel count": "the runtime does not tell its kernels, or all networks run as many",
    "cell boundaries": "all networks have as many cells, inputs and resamplings",
    "cache state": "rows were not measured with cold caches",
    ALL: "none of them can be told",
}

_MEAN_OF_HALF = sqrt(2 / pi)
"""Mean distance of a normal variable from its mean, in standard deviations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidualSource:
    """
    One thing a sum of rows may miss.

    Args:
        name: ``kernel count``, ``cell boundaries``, ``cache state`` or ``all together``.
        error: mean relative error of networks left out, once it is added; None where it cannot
            be told.
        explained: share of the error without it that is gone; below 0 where it only adds noise,
            None where it cannot be told.
        unknown: why it cannot be told; empty where it can.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    name: str
    error: float | None = None
    explained: float | None = None
    unknown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """
    What is left of the error of networks left out, and where it comes from.

    Args:
        error: mean relative error of ``scale * sum + constant``.
        sources: what explains how much of it; the last is all of them together.
        measuring: mean relative error that measuring the networks alone leaves, by their
            intervals; None where those are unknown.
        kernels_in_rows: kernels a network's rows add up to, on average; None where untold.
        kernels_in_network: kernels the runtime runs for the network as a whole, on average.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    error: float
    sources: tuple[ResidualSource, ...]
    measuring: float | None = None
    kernels_in_rows: float | None = None
    kernels_in_network: float | None = None


def residual_of(evidence: Evidence) -> Residual:
    """Return where the error of networks left out of a fit comes from."""
    base = [evidence.sum_us, np.ones(len(evidence.sums))]
    error = left_out(evidence.relative(base))
    suspects = {
        "kernel count": _kernels(evidence),
        "cell boundaries": _boundaries(evidence),
        "cache state": _known([evidence.column("colder")]),
    }
    suspects[ALL] = [column for columns in suspects.values() for column in columns]
    whole = [row.kernels for row in evidence.rows]
    return Residual(
        error=error,
        sources=tuple(
            _source(evidence, name, base, columns, error) for name, columns in suspects.items()
        ),
        measuring=_measuring(evidence),
        kernels_in_rows=_mean([sums.kernels for sums in evidence.sums]),
        kernels_in_network=_mean(whole),
    )


def residual_lines(residual: Residual) -> Iterator[str]:
    """Yield where the error comes from in plain words, a line for each source."""
    for source in residual.sources:
        if source.explained is None or source.error is None:
            yield f"{source.name}: cannot be told; {source.unknown}"
        elif source.explained <= 0:
            yield f"{source.name}: explains nothing of the {residual.error:.1%} error"
        else:
            yield (
                f"{source.name}: explains {source.explained:.0%} of the error, "
                f"{residual.error:.1%} without it, {source.error:.1%} with it"
            )
    if residual.kernels_in_rows is not None and residual.kernels_in_network is not None:
        yield (
            f"kernels: a network runs {residual.kernels_in_network:.1f}, its rows add up to "
            f"{residual.kernels_in_rows:.1f}"
        )
    if residual.measuring is not None:
        yield f"measuring the networks alone leaves {residual.measuring:.1%}"


def left_out(shares: Array) -> float:
    """
    Return the mean relative error of networks, each predicted by a fit that did not see it.

    Leaving one out of a linear fit has a closed form: its residual over one less its leverage.
    """
    hat = shares @ np.linalg.pinv(shares)
    left = np.maximum(1 - np.diag(hat), 1e-12)
    return float(np.mean(np.abs((1 - hat.sum(axis=1)) / left)))


def _source(
    evidence: Evidence, name: str, base: Sequence[Array], columns: Sequence[Array], before: float
) -> ResidualSource:
    if not columns:
        return ResidualSource(name=name, unknown=_SAME[name])
    if len(evidence.sums) <= len(base) + len(columns) + 1:
        return ResidualSource(name=name, unknown="there are too few networks to tell")
    error = left_out(evidence.relative([*base, *columns]))
    return ResidualSource(name=name, error=error, explained=1 - error / before if before else 0.0)


def _kernels(evidence: Evidence) -> list[Array]:
    """Return the kernels of the rows, and by how many those of the whole network differ."""
    pairs = list(zip(evidence.rows, evidence.sums, strict=True))
    known = all(row.kernels is not None and sums.kernels is not None for row, sums in pairs)
    more = [(row.kernels or 0) - (sums.kernels or 0) for row, sums in pairs] if known else []
    return _known([evidence.column("kernels"), varying(more)])


def _boundaries(evidence: Evidence) -> list[Array]:
    counts = np.array([_joints(network) for network in evidence.networks], dtype=float)
    return _known([varying(column) for column in counts.T.tolist()])


def _joints(network: Network) -> tuple[int, int, int]:
    """Return how many cells there are, how many tensors they read, how many are resampled."""
    placed = [network.placed(cell) for cell in network.cells]
    resampled = sum(len(each.resampled) for each in placed if isinstance(each, PlacedOperation))
    inputs = sum(len(cell.inputs) for cell in network.cells)
    return len(network.cells), inputs, resampled


def _measuring(evidence: Evidence) -> float | None:
    """Return the mean relative error a perfect prediction would show, by the intervals."""
    half = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    wide = [
        (row.interval_us[1] - row.interval_us[0]) / row.latency_us
        for row in evidence.rows
        if row.interval_us is not None
    ]
    if len(wide) < len(evidence.rows):
        return None
    return _MEAN_OF_HALF * float(np.mean(wide)) / 2 / half


def _mean(values: Sequence[int | None]) -> float | None:
    told = [value for value in values if value is not None]
    return sum(told) / len(told) if len(told) == len(values) else None


def _known(columns: Sequence[Array | None]) -> list[Array]:
    return [column for column in columns if column is not None]
