"""
Which calibration: chosen by cross-validation, never by how well it fits what it was fitted on.

All forms are fitted by least squares of relative errors and judged on folds they did not see; the
one of the least error is taken, of equal ones that with the fewest numbers.  Networks left out to
judge the certificate are left out of this choice, too, so that choosing cannot flatter it.

The plainest form within one standard error of the best (Breiman et al. 1984) was tried: it gave
up to 9 points of the networks within 5 % away for one number less.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from profiler.certificates.calibration import Calibration
from profiler.certificates.evidence import Column, Evidence
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS
from profiler.summary import Array

Indices = NDArray[np.intp]
"""Which networks, counted from 0."""

Form = tuple[Column, ...]
"""What a calibration multiplies; the sum is always among it."""

FOLDS = 10
ENOUGH_OF_EACH = 2
"""Networks in every fit for each number it finds."""

NOTHING = 1e-4
"""A difference of relative errors that no clock here can see."""

PLAIN: frozenset[Column] = frozenset({"sum", "constant", "cells"})
"""What every table tells."""

_WORDS: dict[Column, str] = {
    "sum": "scale",
    "constant": "constant",
    "cells": "per cell",
    "kernels": "per kernel",
    "colder": "mix of hot and cold",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCalibration:
    """
    One form of calibration as cross-validation saw it.

    Args:
        name: what it fits, such as ``scale + constant``.
        parameters: how many numbers that is.
        error: mean of |predicted - measured| / measured over networks no fit saw.
        standard_error: of that mean.
        chosen: whether the certificate calibrates with it.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    name: str
    parameters: int
    error: float
    standard_error: float
    chosen: bool


def forms(evidence: Evidence) -> tuple[Form, ...]:
    """Return the forms *evidence* can be fitted with, the fewest numbers first."""
    further: list[Column] = ["cells", "kernels", "colder"]
    known = [name for name in further if evidence.column(name) is not None]
    count = len(evidence.sums)
    fitted = count - -(-count // min(FOLDS, count))  # networks in the smallest fit
    found: list[Form] = [("sum",), ("sum", "constant")]
    for size in range(1, len(known) + 1):
        found += [("sum", "constant", *names) for names in combinations(known, size)]
    return tuple(form for form in found if fitted >= ENOUGH_OF_EACH * len(form))


def chosen(design: Design, among: Sequence[Form], keep: Indices) -> Form:
    """Return the form that the networks *keep* ask for."""
    return among[_choice(among, [design.errors(form, keep) for form in among])]


def judged(design: Design, among: Sequence[Form]) -> tuple[JudgedCalibration, ...]:
    """Return what cross-validation on all networks says of each form."""
    errors = [design.errors(form, design.every) for form in among]
    taken = _choice(among, errors)
    return tuple(
        JudgedCalibration(
            name=" + ".join(_WORDS[name] for name in form),
            parameters=len(form),
            error=float(np.mean(of_form)),
            standard_error=_standard_error(of_form),
            chosen=index == taken,
        )
        for index, (form, of_form) in enumerate(zip(among, errors, strict=True))
    )


class Design:
    """The columns of *evidence* as shares of what was measured, ready to be fitted."""

    def __init__(self, evidence: Evidence) -> None:
        known = {name: evidence.column(name) for name in _WORDS}
        columns = {name: column for name, column in known.items() if column is not None}
        self._matrix = evidence.relative(list(columns.values()))
        self._place = {name: place for place, name in enumerate(columns)}
        self.every = np.arange(len(evidence.sums))

    def fit(self, form: Form, keep: Indices) -> Calibration:
        """Return the calibration of that form which fits the networks *keep*."""
        fitted = dict(zip(form, self._solution(form, keep).tolist(), strict=True))
        scale = fitted["sum"]
        return Calibration(
            scale=scale,
            per_cell_us=fitted.get("cells", 0.0),
            constant_us=fitted.get("constant", 0.0),
            per_kernel_us=fitted.get("kernels", 0.0),
            cold_share=fitted.get("colder", 0.0) / scale,
        )

    def errors(self, form: Form, keep: Indices) -> Array:
        """Return the relative error of each of *keep*, by a fit that did not see its fold."""
        errors = np.empty(len(keep))
        for fold in _folds(len(keep)):
            seen = np.delete(keep, fold)
            predicted = self._of(form, keep[fold]) @ self._solution(form, seen)
            errors[fold] = np.abs(predicted - 1)
        return errors

    def _solution(self, form: Form, keep: Indices) -> Array:
        shares = self._of(form, keep)
        solution = np.linalg.lstsq(shares, np.ones(len(keep)), rcond=None)[0]
        return np.asarray(solution, dtype=np.float64)

    def _of(self, form: Form, keep: Indices) -> Array:
        return self._matrix[keep][:, [self._place[name] for name in form]]


def _folds(count: int) -> Iterator[Indices]:
    """Yield which of *count* networks are left out together; the same each time."""
    order = np.random.default_rng(0).permutation(count)
    yield from np.array_split(order, min(FOLDS, count))


def _choice(among: Sequence[Form], errors: Sequence[Array]) -> int:
    """Return the number of the form to take."""
    means = [float(np.mean(of_form)) for of_form in errors]
    near = [index for index, mean in enumerate(means) if mean <= min(means) + NOTHING]
    return min(near, key=lambda index: (len(among[index]), means[index]))


def _standard_error(errors: Array) -> float:
    return float(np.std(errors, ddof=1) / np.sqrt(len(errors)))
