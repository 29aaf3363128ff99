"""
What a sweep found: medians and spread over seeds, and which searches nothing else beats.

It compares within a device only; a millisecond of one device says nothing about another's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from search.run_folder import write_json
from search.sweep.perform import Outcome

VERSION = 1
"""Of ``sweep.json``.  1: searches, groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """
    The searches of one device and one budget.

    Args:
        device: as the sweep names it.
        budget_us: in microseconds.
        seeds: how many searches succeeded.
        failed: how many did not.
        predicted_us: median over seeds; None where all failed.
        measured_us: median over seeds.
        miou: median over seeds.
        miou_low: the lowest of the seeds.
        miou_high: the highest of the seeds.
    """

    device: str
    budget_us: float
    seeds: int
    failed: int
    predicted_us: float | None = None
    measured_us: float | None = None
    miou: float | None = None
    miou_low: float | None = None
    miou_high: float | None = None


def groups_of(outcomes: Iterable[Outcome]) -> tuple[Group, ...]:
    """Return one group for each device and budget, in the order in which they first appear."""
    grouped: dict[tuple[str, float], list[Outcome]] = {}
    for outcome in outcomes:
        grouped.setdefault((outcome.device, outcome.budget_us), []).append(outcome)
    return tuple(_group(members) for members in grouped.values())


def pareto(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return the searches that no other is at least as fast and as accurate as, fastest first."""
    front: list[Outcome] = []
    for outcome in sorted(outcomes, key=_fastest_then_best):
        if not front or _miou(outcome) > _miou(front[-1]):
            front.append(outcome)
    return front


def succeeded_on(device: str, outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return the searches for *device* that have a network."""
    return [each for each in outcomes if each.device == device and each.error is None]


def write_sweep(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write ``sweep.json``: every search, every group, and the names on each device's front."""
    write_json(path, dict(_document(outcomes)))


def _document(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, Any]]:
    yield "version", VERSION
    yield "searches", [asdict(outcome) for outcome in outcomes]
    yield "groups", [asdict(group) for group in groups_of(outcomes)]
    devices = dict.fromkeys(outcome.device for outcome in outcomes)
    yield (
        "pareto",
        {
            device: [each.name for each in pareto(succeeded_on(device, outcomes))]
            for device in devices
        },
    )


def _group(members: Sequence[Outcome]) -> Group:
    good = [each for each in members if each.error is None]
    first = members[0]
    counted = Group(
        device=first.device,
        budget_us=first.budget_us,
        seeds=len(good),
        failed=len(members) - len(good),
    )
    if not good:
        return counted
    mious = [_miou(each) for each in good]
    return Group(
        device=counted.device,
        budget_us=counted.budget_us,
        seeds=counted.seeds,
        failed=counted.failed,
        predicted_us=median(each.predicted_us or 0.0 for each in good),
        measured_us=median(_measured_us(each) for each in good),
        miou=median(mious),
        miou_low=min(mious),
        miou_high=max(mious),
    )


def _fastest_then_best(outcome: Outcome) -> tuple[float, float]:
    return _measured_us(outcome), -_miou(outcome)


def _measured_us(outcome: Outcome) -> float:
    assert outcome.measured_us is not None
    return outcome.measured_us


def _miou(outcome: Outcome) -> float:
    assert outcome.miou is not None
    return outcome.miou
