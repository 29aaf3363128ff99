"""
What a search came to, in words that stay true when it fails.

A measured interval that reaches over the budget is not under it; a network that was not measured
has no verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from profiler.pictures.canvas import grouped, percent

GOOD_WITHIN, FAIR_WITHIN = 0.05, 0.10

Outcome = Literal["held", "doubtful", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """
    The first lines of the report.

    Args:
        outcome: ``held`` if measured under the budget, interval included, and predicted within
            5 %; ``failed`` if measured over the budget; else ``doubtful``.
        headline: whether the budget is met.
        sentences: how far the prediction was off, and how sure that is.
    """

    outcome: Outcome
    headline: str
    sentences: tuple[str, ...]


def verdict_of(result: Mapping[str, Any]) -> Verdict:
    """
    Return what *result* came to.

    Args:
        result: ``budget_us``, ``predicted_us``, ``measured_us`` (None if not measured) and
            ``measured_interval_us`` (low and high, or None), all in microseconds.
    """
    budget, predicted = float(result["budget_us"]), float(result["predicted_us"])
    if result.get("measured_us") is None:
        return _unmeasured(budget, predicted)
    measured = float(result["measured_us"])
    low, high = result.get("measured_interval_us") or (measured, measured)
    error = predicted / measured - 1
    return Verdict(
        outcome=_outcome(budget, measured, float(high), abs(error)),
        headline=_headline(budget, measured, float(low), float(high)),
        sentences=(_prediction(error, predicted, measured),),
    )


def _unmeasured(budget: float, predicted: float) -> Verdict:
    side = "under" if predicted <= budget else "over"
    return Verdict(
        outcome="doubtful",
        headline="The searched network was not measured.",
        sentences=(
            f"Its predicted latency, {grouped(predicted)} µs, is {side} the budget of "
            f"{grouped(budget)} µs; whether the device agrees is unknown.",
        ),
    )


def _outcome(budget: float, measured: float, high: float, error: float) -> Outcome:
    if measured > budget:
        return "failed"
    return "held" if high <= budget and error <= GOOD_WITHIN else "doubtful"


def _headline(budget: float, measured: float, low: float, high: float) -> str:
    share = abs(measured / budget - 1)
    if measured > budget:
        unsure = "; its interval reaches under it" if low <= budget else ""
        return f"The searched network is over its budget by {percent(share, 1)}{unsure}."
    if high > budget:
        return "The searched network is under its budget, but its interval reaches over it."
    return f"The searched network is under its budget, with {percent(share, 1)} to spare."


def _prediction(error: float, predicted: float, measured: float) -> str:
    size = abs(error)
    if size <= FAIR_WITHIN:
        near = f"within {percent(GOOD_WITHIN if size <= GOOD_WITHIN else FAIR_WITHIN)}"
    else:
        near = f"not within {percent(FAIR_WITHIN)}"
    way = "above" if error >= 0 else "below"
    return (
        f"The table predicted {grouped(predicted)} µs and the device took {grouped(measured)} µs: "
        f"the prediction is {percent(size, 1)} {way} the measurement, {near}."
    )
