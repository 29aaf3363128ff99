"""The rounds of one session: every open operation once in each, and what was thought of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from profiler.measurement import Conditions, ConditionState, StopReason
from profiler.measuring.brackets import Brackets
from profiler.measuring.plan import MeasurementPlan
from profiler.measuring.visit import Samples, Visited
from profiler.measuring.watchers.watch import Watch, worst


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """
    How far a session is.

    Args:
        phase: ``build``, ``warm_up``, ``rounds`` or ``energy``; between sessions ``choose``.
        done: visits finished in this phase.
        total: visits this phase will have at most.
        round: the round, from 1; 0 before the first.
    """

    phase: str
    done: int
    total: int
    round: int


OnProgress = Callable[[Progress], None]
"""Called between visits, outside every sample; may raise to abort the session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """One operation's samples in one round, and the brackets on either side."""

    of: Visited
    samples: Samples
    state: ConditionState
    brackets: tuple[int, int]


class Rounds:
    """
    Goes round.

    Args:
        visited: the operations.
        sentinel: measured at the start of every round and, briefly, between visits.
        plan: when there is enough.
        watch: judges the conditions.
        conditions: reads them, after each round.
        on_progress: is told how far it is, after every visit.
    """

    def __init__(
        self,
        visited: Sequence[Visited],
        sentinel: Visited,
        plan: MeasurementPlan,
        watch: Watch,
        conditions: Callable[[], Conditions],
        on_progress: OnProgress,
    ) -> None:
        self._open = list(visited)
        self._sentinel = sentinel
        self._plan = plan
        self._watch = watch
        self._conditions = conditions
        self._on_progress = on_progress
        self._order = random.Random(plan.seed)
        self._brackets = Brackets(sentinel.prepared)
        self._taken: list[tuple[_Visit, int, ConditionState]] = []
        self.sentinel_us: list[float] = []
        self.during: list[Conditions] = []

    def run(self) -> StopReason:
        """Go round until every operation is done or time is up; return what ended it."""
        ended_by = self._go_round()
        self._judge_again()
        return ended_by

    def _go_round(self) -> StopReason:
        start = perf_counter()
        number = 0
        while self._open:
            number += 1
            self._round(number)
            enough = number >= self._plan.min_rounds
            if enough and perf_counter() - start > self._plan.time_limit_s:
                return "time_limit"
        return "round_limit"

    def _round(self, number: int) -> None:
        before = self._watch.look("round")
        self.sentinel_us.append(float(np.median(self._sentinel.sample().hot_us)))
        self._order.shuffle(self._open)
        visits = []
        for index, visited in enumerate(self._open):
            visits.append(self._visit(visited))
            self._on_progress(
                Progress(phase="rounds", done=index + 1, total=len(self._open), round=number)
            )
        state = self._watch.state_since(before)
        slow = self._brackets.slow()
        for visit in visits:
            self._taken.append((visit, len(visit.of.rounds), state))
            visit.of.keep(visit.samples, _judged(visit, state, slow))
        self.during.append(self._conditions())
        self._open = [visited for visited in self._open if visited.stop_reason is None]

    def _visit(self, visited: Visited) -> _Visit:
        first = self._brackets.read()
        before = self._watch.look("visit")
        samples = visited.sample()
        state = self._watch.state_since(before)
        self._brackets.elapsed(sum(samples.hot_us) * visited.inner_loops)
        return _Visit(
            of=visited, samples=samples, state=state, brackets=(first, self._brackets.read())
        )

    def _judge_again(self) -> None:
        """Mark what only the whole session shows to have been slow: its first rounds, mostly."""
        slow = self._brackets.slow() if self._taken else []
        for visit, number, round_state in self._taken:
            visit.of.mark(number, _judged(visit, round_state, slow))


def _judged(visit: _Visit, round_state: ConditionState, slow: Sequence[bool]) -> ConditionState:
    disturbed = any(slow[index] for index in visit.brackets)
    return worst((visit.state, round_state, "contended" if disturbed else "clean"))
