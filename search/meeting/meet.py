"""
Deriving networks near a target, measuring them, and deriving again with what was learnt.

In a round several networks are derived, the predictions corrected by what the round before found
them to be off by, and measured beside anchors together with those that held so far.  The rounds
end when enough networks hold, when there are no further ones, or when the plan says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from statistics import median

from profiler.errors import BudgetInfeasible, LimitsInfeasible
from profiler.operations import Network
from profiler.space import MetaSpace, Topology, network
from search.derive import Choice, Derived
from search.limits import Limit
from search.meeting.met import Attempt, Met, Verdict
from search.meeting.plan import MeetingPlan
from search.meeting.sitting import Beside, Site, measure_beside, nearest
from search.stage2 import drawn

NAME = "networks near the target"
"""Of the campaigns."""

ENOUGH = 1
"""Sittings a round needs: the latency of a network beside its anchors varies little."""

_ROOM = 1e-9
"""Relative room for the fastest network under a budget that is exactly its prediction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """
    How a search meets its target.

    Args:
        sites: the devices with a budget, by the names of their limits.
        space: of the networks.
        topology: which cells run.
        known: networks the tables of all devices hold; the anchors are of these.
        anchors: how many of them are measured beside a round.
        plan: rounds, networks, width.
        wanted: how many networks have to hold.
        spread: how different they are; see ``search.trials.TrialPlan``.
        seed: of what is derived.
    """

    sites: Mapping[str, Site]
    space: MetaSpace
    topology: Topology
    known: Sequence[Network]
    anchors: int
    plan: MeetingPlan
    wanted: int
    spread: float
    seed: int

    def meet(self, choice: Choice) -> Met:
        """
        Return what was tried and which networks to go on with.

        Args:
            choice: scores and limits; those named like a site are budgets of latency.

        Raises:
            BudgetInfeasible: no network is predicted to keep a budget.
            LimitsInfeasible: none is predicted to keep all of them.
            LutError: a campaign failed, or no agent works on it.
        """
        attempts: dict[tuple[str, ...], Attempt] = {}
        corrections = dict.fromkeys(self.sites, 1.0)
        drifts: dict[str, float] = {}
        number = sittings = 0
        while number < self.plan.rounds and len(_held(attempts)) < self.wanted:
            fresh = self._fresh(choice, corrections, number, attempts)
            if not fresh:
                break
            number += 1
            measured = self._measured([*_again(attempts, choice), *fresh], choice)
            for derived, latencies in measured.latencies:
                attempt = self._judged(number, derived, latencies, corrections, choice)
                attempts[attempt.operations] = attempt
            corrections = _corrections(measured.latencies, self.sites)
            drifts = measured.drifts
            sittings += measured.sittings
        tried = tuple(attempts.values())
        return Met(
            attempts=tried,
            chosen=self._chosen(tried, choice),
            corrections=corrections,
            drifts=drifts,
            rounds=number,
            sittings=sittings,
        )

    def _fresh(
        self,
        choice: Choice,
        corrections: Mapping[str, float],
        number: int,
        known: Mapping[tuple[str, ...], Attempt],
    ) -> list[Derived]:
        """Return networks no round has measured; none where corrected budgets allow none."""
        limits = tuple(self._aimed(limit, corrections) for limit in choice.limits)
        try:
            found = drawn(
                replace(choice, limits=limits),
                self.plan.networks,
                spread=self.spread,
                seed=self.seed + number,
            )
        except (BudgetInfeasible, LimitsInfeasible):
            if not known:
                raise
            return []
        return [each for each in found if tuple(each.candidates.values()) not in known]

    def _aimed(self, limit: Limit, corrections: Mapping[str, float]) -> Limit:
        """
        Return a budget as the band of predictions in which networks are derived for it.

        Where even the fastest network is beyond the band, but not beyond the budget, it is that.
        """
        if limit.name not in self.sites:
            return limit
        least, most = self.plan.aim
        correction = corrections[limit.name]
        at_most = limit.budget / (limit.costs.smallest * correction * (1 + _ROOM))
        headroom = correction * (min(1 / most, at_most) if at_most >= 1 else 1 / most)
        spend = least / most if len(self.sites) == 1 else 0.0
        return replace(limit, headroom=headroom, spend=spend)

    def _measured(self, networks: Sequence[Derived], choice: Choice) -> _Measured:
        """Measure networks on every device."""
        built = [network(self.space, self.topology, each.candidates) for each in networks]
        budgets = {limit.name: limit.budget for limit in choice.limits}
        seen: dict[str, Beside] = {}
        for name, site in self.sites.items():
            seen[name] = measure_beside(
                site,
                built,
                nearest(self.known, site.table, budgets[name], self.anchors),
                name=NAME,
                enough=ENOUGH,
                most=self.plan.sittings,
            )
        return _Measured(
            latencies=[
                (each, {name: beside.summary(it).latency_us for name, beside in seen.items()})
                for each, it in zip(networks, built, strict=True)
            ],
            drifts={name: beside.drift for name, beside in seen.items()},
            sittings=sum(len(beside.sittings) for beside in seen.values()),
        )

    def _judged(
        self,
        number: int,
        derived: Derived,
        measured_us: Mapping[str, float],
        corrections: Mapping[str, float],
        choice: Choice,
    ) -> Attempt:
        predicted = {name: derived.predicted[name] for name in self.sites}
        corrected = {name: us * corrections[name] for name, us in predicted.items()}
        return Attempt(
            round=number,
            operations=tuple(derived.candidates.values()),
            score=derived.score,
            predicted_us=predicted,
            corrected_us=corrected,
            measured_us=dict(measured_us),
            verdict=self._verdict(measured_us, corrected, choice),
        )

    def _verdict(
        self, measured_us: Mapping[str, float], corrected_us: Mapping[str, float], choice: Choice
    ) -> Verdict:
        """A network spends too little only if one was there that was predicted to spend more."""
        budgets = {limit.name: limit.budget for limit in choice.limits if limit.name in self.sites}
        if any(measured_us[name] > budget for name, budget in budgets.items()):
            return "over"
        least = {name: self.plan.least * budget for name, budget in budgets.items()}
        promised = all(corrected_us[name] >= least[name] for name in budgets)
        if promised and all(measured_us[name] < least[name] for name in budgets):
            return "under"
        return "held"

    def _chosen(self, attempts: Sequence[Attempt], choice: Choice) -> tuple[int, ...]:
        held = [index for index, each in enumerate(attempts) if each.verdict == "held"]
        if held:
            return tuple(sorted(held, key=lambda index: -attempts[index].score))
        budgets = {limit.name: limit.budget for limit in choice.limits if limit.name in self.sites}

        def missed(index: int) -> float:
            measured = attempts[index].measured_us
            return max(abs(log(measured[name] / budgets[name])) for name in budgets)

        return (min(range(len(attempts)), key=missed),)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """What a round measured: latencies by device, of every network, and how calm it was."""

    latencies: list[tuple[Derived, dict[str, float]]]
    drifts: dict[str, float]
    sittings: int


def _held(attempts: Mapping[tuple[str, ...], Attempt]) -> list[Attempt]:
    return [attempt for attempt in attempts.values() if attempt.verdict == "held"]


def _again(attempts: Mapping[tuple[str, ...], Attempt], choice: Choice) -> list[Derived]:
    """Return the networks that hold so far: the next round says whether they still do."""
    return [attempt.derived(choice.candidates) for attempt in _held(attempts)]


def _corrections(
    latencies: Sequence[tuple[Derived, Mapping[str, float]]], names: Mapping[str, Site]
) -> dict[str, float]:
    """Return by what factor each device took longer than predicted."""
    return {
        name: median(measured[name] / each.predicted[name] for each, measured in latencies)
        for name in names
    }
