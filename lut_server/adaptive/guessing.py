"""Rows for what a campaign did not measure, from others' tables or the table's own.  Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite

import numpy as np

from lut_server.adaptive.known import Known, without_networks
from profiler.errors import PredictionImpossible, TransferImpossible
from profiler.prediction import fit_predictor, predicted_entries
from profiler.table import Entry
from profiler.transfer import transferred_entries

SETTLED = 0.90
"""Share of the operations left whose interval has to keep the target, as in ``next_step``."""

NOT_SAID = "its own rows say nothing of them"

Guesses = tuple[tuple[Entry, ...], str]
"""Entries, and why others have none."""


def no_source(known: Known) -> str:
    """Return the note that nobody else's table can teach this one."""
    return (
        f"no other table here can teach {known.table.name}: it is predicted from its own rows "
        "instead of transferred from others'"
    )


def transferred(known: Known) -> Guesses:
    """Return what other devices' tables say of what is left."""
    if not known.sources:
        return (), no_source(known)
    if not known.left:
        return (), ""
    try:
        return transferred_entries(known.table, known.sources, known.left), ""
    except TransferImpossible as error:
        return (), f"{error}; it is predicted from its own rows instead"


def predicted(known: Known) -> Guesses:
    """Return what the table's own rows say of what is left; of networks they say nothing."""
    left = without_networks(known.left)
    if not left:
        return (), NOT_SAID
    try:
        return predicted_entries(fit_predictor(known.table), left), NOT_SAID
    except PredictionImpossible as error:
        return (), str(error)


def error_of(entry: Entry) -> float:
    """Return the relative half-width of a guess; one without an interval may be any."""
    if entry.interval_us is None or entry.latency_us <= 0:
        return inf
    low_us, high_us = entry.interval_us
    return (high_us - low_us) / 2 / entry.latency_us


def worst_error(given: Sequence[Entry]) -> float | None:
    """Return the error that ``SETTLED`` of the rows keep; of two for one operation the surer."""
    errors: dict[str, float] = {}
    for entry in given:
        errors[entry.key] = min(error_of(entry), errors.get(entry.key, inf))
    if not errors:
        return None
    worst = float(np.quantile(list(errors.values()), SETTLED, method="higher"))
    return worst if isfinite(worst) else None
