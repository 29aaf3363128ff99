"""
What triage finds after an upgrade: ``python -m benchmarks.triage --python OTHER``.

Two released versions of ONNX Runtime, side by side: this interpreter's and that of OTHER, or of the
environment variable ``HNA_OTHER_PYTHON``, which is made by

    python -m venv other
    other/bin/pip install . onnxruntime==1.22.1

The whole default space is measured with both, in sessions that take turns.  Then every session of
the newer version is shown to a triage of the older one's table as it asks for rows, with a quarter
of the operations as its budget.  The truth are the newer version's other sessions, so that no
noise is in both.  An operation moved if its latency differs by more than 5 % and the 90 % intervals
of its two rows have nothing in common; beside it what moved for certain, and what seems to have
moved, noise and all.  Of what is not measured again the prediction counts: the share of all rows
that are within 5 % of the truth in the end.

Without OTHER only upgrades that are imagined are triaged, whose truth is known.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, at_least, at_most, report, say
from benchmarks.upgrades.imagined import CHANGES, Factors, imagine
from benchmarks.upgrades.judging import Judged, judge, judge_imagined
from benchmarks.upgrades.replayed import Movers, comparable
from benchmarks.upgrades.sessions import Interpreter, in_turn, seconds_of, table_of
from profiler.errors import HnaError
from profiler.measurement import Session
from profiler.operations import Operation, operation_key
from profiler.space import known_topology, named_space, space_operations

OTHER = "HNA_OTHER_PYTHON"
BUDGET = 0.25
GOAL = 0.95
SEEDS = 3
TOPOLOGIES = ("dnanet_simplified", "meta", "unetpp", "unet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    What the benchmark does.

    Args:
        python: the other interpreter; None where there is none.
        sessions: of each version.
        topologies: whose operations are measured.
        folder: where sessions are kept, and read if they are there; None keeps none.
    """

    python: str | None
    sessions: int = 3
    topologies: Sequence[str] = TOPOLOGIES
    folder: Path | None = None


def run(plan: Plan | None = None) -> list[Figure]:
    """Triage a real upgrade, where there is another interpreter, and imagined ones."""
    plan = plan or Plan(python=os.environ.get(OTHER))
    if plan.python is None:
        say(f"no real upgrade: --python or {OTHER} names no interpreter with another onnxruntime")
        return imagined_upgrades()
    return [*real_upgrade(plan), *imagined_upgrades()]


def real_upgrade(plan: Plan) -> list[Figure]:
    """Measure both versions, and triage the older one's table after the upgrade to the newer."""
    interpreters = (
        Interpreter(name="here", python=sys.executable),
        Interpreter(name="other", python=str(plan.python)),
    )
    both = in_turn(interpreters, operations(plan.topologies), plan.sessions, plan.folder)
    old, new = sorted(both, key=lambda sessions: _version(sessions[0]))
    shown = [_shown(old, new, number) for number in range(len(new))]
    judged = [each for each, _ in shown]
    budget = float(np.mean([each.budget for each in judged]))
    return [
        _caught("movers_measured", judged, lambda moved: moved.likely),
        _caught("certain_movers_measured", judged, lambda moved: moved.certain),
        _caught("seeming_movers_measured", judged, lambda moved: moved.seen),
        at_most("operations_measured", budget, BUDGET, "share", 1.0),
        at_most("measuring_time", float(np.mean([s for _, s in shown])), BUDGET, "share", 1.0),
        _right("rows_right", judged),
    ]


def imagined_upgrades() -> list[Figure]:
    """
    Triage upgrades of a formula.

    Which share of the movers is found is asked without a budget: a change that moves a quarter of
    all operations cannot be found with a quarter of them and something learnt before.  Whether the
    rows are right in the end is asked with the budget.
    """
    return [figure for name, change in CHANGES.items() for figure in _imagined(name, change)]


def operations(topologies: Sequence[str]) -> tuple[Operation, ...]:
    """Return the operations of the default space that *topologies* need, each once."""
    space = named_space("one", "resnet_10", height=96, width=96)
    found = {
        operation_key(operation): operation
        for name in topologies
        for operation in space_operations(space, known_topology(name, space.levels))
    }
    return tuple(found.values())


def _shown(old: Sequence[Session], new: Sequence[Session], number: int) -> tuple[Judged, float]:
    """Judge by the other sessions what one of the newer version led to; and its share of time."""
    after = table_of([new[number]])
    truth = table_of([each for at, each in enumerate(new) if at != number])
    before = comparable(table_of(old), after, truth)
    if not before.entries:
        raise HnaError(
            f"no operation was measured undisturbed by both versions, session {number + 1} of the "
            "newer one apart; leave the machine alone, and measure again into another folder"
        )
    sentinel = _sentinel_us([new[number]]) / _sentinel_us(old)
    found = judge(before, after, truth, sentinel=sentinel, budget=BUDGET, seed=number)
    say(f"session {number + 1}: {found.text}")
    seconds = {operation_key(m.operation): seconds_of(m) for m in new[number].measurements}
    asked = sum(seconds[key] for key in found.ours.measured)
    return found, asked / sum(seconds[entry.key] for entry in before.entries)


def _imagined(name: str, change: Factors) -> list[Figure]:
    worlds = [imagine(change, seed) for seed in range(SEEDS)]
    free, limited = (
        [judge_imagined(world, budget, seed) for seed, world in enumerate(worlds)]
        for budget in (None, BUDGET)
    )
    for each in (*free, *limited):
        say(f"{name}: {each.text}")
    moved = float(np.mean([len(each.movers.likely) / each.operations for each in free]))
    measured = float(np.mean([each.budget for each in free]))
    figures = [
        at_most(f"{name}.operations_measured", measured, min(1.0, moved + BUDGET), "share", 1.0),
        _right(f"{name}.rows_right", limited),
    ]
    if moved:
        figures.append(_caught(f"{name}.movers_measured", free, lambda found: found.likely))
    return figures


def _caught(
    name: str, judged: Sequence[Judged], some: Callable[[Movers], frozenset[str]]
) -> Figure:
    """Return which share of some movers was measured, beside that of as many at random."""
    caught = float(np.mean([each.ours.share_of(some(each.movers)) for each in judged]))
    return at_least(name, caught, GOAL, "share", float(np.mean([each.budget for each in judged])))


def _right(name: str, judged: Sequence[Judged]) -> Figure:
    """Return which share of all rows is right in the end, beside the best of the rivals."""
    rivals = {n: float(np.mean([j.rivals[n] for j in judged])) for n in judged[0].rivals}
    say(f"{name}: " + ", ".join(f"{rival} {share:.1%}" for rival, share in rivals.items()))
    best = max(rivals.values())
    return at_least(name, float(np.mean([each.right for each in judged])), best, "share", best)


def _version(session: Session) -> tuple[int, ...]:
    parts = session.environment.runtime_version.split(".")
    return tuple(int(part) for part in parts if part.isdecimal())


def _sentinel_us(sessions: Sequence[Session]) -> float:
    return float(np.median([us for session in sessions for us in session.sentinel_us]))


def _main() -> None:
    """Read the options that are the benchmark's own, and leave the others to ``report``."""
    plan = Plan(python=os.environ.get(OTHER))
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--python", default=plan.python)
    parser.add_argument("--sessions", type=int, default=plan.sessions)
    parser.add_argument("--keep", type=Path, default=plan.folder)
    parser.add_argument("--quick", action="store_true")
    own, others = parser.parse_known_args()
    if own.sessions < 2:
        raise SystemExit(f"--sessions {own.sessions}: at least 2, one to show and one that is true")
    plan = replace(plan, python=own.python, sessions=own.sessions, folder=own.keep)
    if own.quick:
        plan = replace(plan, sessions=2, topologies=TOPOLOGIES[:1])
    report(lambda: run(plan), others)


if __name__ == "__main__":
    _main()
