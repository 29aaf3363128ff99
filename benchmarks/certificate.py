"""
How well the sum of rows predicts whole networks here: ``python -m benchmarks.certificate``.

Rows and networks are measured interleaved, in one session.  The baseline is what the reference
implementation of HNA-NAS does (spec/hna_nas.md section 4): candidates measured isolated, only
they and the head counted, summed as they are, not calibrated; against the same networks, measured
between them.  It is spared what else the reference does (one cold pass, no median): both ways use
this project's measuring loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.figures import Figure, at_least, at_most, report, say
from device_agents.quiet import quiet
from profiler.backends.onnxruntime import OnnxRuntimeBackend, create
from profiler.certificates import Certificate, certify, kendall_tau, residual_lines
from profiler.device import Device
from profiler.measurement import Session
from profiler.measuring.loop import measure
from profiler.measuring.plan import MeasurementPlan
from profiler.measuring.rounds import Progress
from profiler.operations import Network, Operation, operation_graph, operation_key
from profiler.platforms.linux import identify
from profiler.space import known_topology, named_space, random_networks, space_operations
from profiler.summary import summarise
from profiler.table import Table
from profiler.tabulate import tabulate

NETWORKS = 36
SEED = 2026
PLAN = MeasurementPlan()
ISOLATED_PLAN = MeasurementPlan(min_rounds=8, max_rounds=12)
"""Fewer rounds: what is wrong with the baseline is not noise."""


class Isolated(OnnxRuntimeBackend):
    """Measures an operation as it stands, border and all, as published tables do."""

    graph_of = staticmethod(operation_graph)


@dataclass(frozen=True, slots=True, kw_only=True)
class Naive:
    """
    How well sums of isolated latencies predict.

    Args:
        errors: |sum - measured| / measured of each network.
        tau: rank correlation of sums and measured latencies.
    """

    errors: np.ndarray
    tau: float

    def within(self, share: float) -> float:
        """Return the share of networks whose error is at most *share*."""
        return float(np.mean(self.errors <= share))


def run() -> list[Figure]:
    """Measure both ways and compare."""
    space = named_space("one", "resnet_10", height=96, width=96)
    topology = known_topology("dnanet_simplified", space.levels)
    networks = random_networks(space, topology, NETWORKS, seed=SEED)
    device = identify()
    with quiet(1) as notes:
        say("; ".join(notes))
        rows = space_operations(space, topology)
        session = _measure("in place", (*rows, *networks), create(), device, PLAN)
        bare = tuple(part for network in networks for part in counted(network))
        backend = Isolated(threads=1, optimisation="all")
        isolated = _measure("isolated", (*bare, *networks), backend, device, ISOLATED_PLAN)
    table = Table(
        device_model=device.model,
        environment=session.environment,
        entries=tabulate([session.measurements]),
    )
    certificate = certify(table, software=session.software)
    if certificate.residual is not None:
        for line in residual_lines(certificate.residual):
            say(line)
    noise = at_most("median_interval_width", _interval(session), 0.05, "share", _interval(isolated))
    return [*_compare(certificate, naive(isolated, networks)), noise]


def counted(network: Network) -> tuple[Operation, ...]:
    """Return what the reference adds up: the candidate of every cell and the head, no glue."""
    return (*(network.operation(cell) for cell in network.cells), network.head())


def naive(session: Session, networks: Sequence[Network]) -> Naive:
    """Compare plain sums of isolated latencies with networks of the same session."""
    latencies = {operation_key(m.operation): summarise(m).latency_us for m in session.measurements}
    sums = np.array(
        [sum(latencies[operation_key(part)] for part in counted(network)) for network in networks]
    )
    measured = np.array([latencies[operation_key(network)] for network in networks])
    return Naive(errors=np.abs(sums - measured) / measured, tau=kendall_tau(sums, measured))


def _compare(ours: Certificate, theirs: Naive) -> list[Figure]:
    median = float(np.median(theirs.errors))
    return [
        at_most("median_abs_error", ours.median_abs_error, 0.05, "share", median),
        at_least("within_5pct", ours.within_5pct, 0.5, "share", theirs.within(0.05)),
        at_least("within_10pct", ours.within_10pct, 0.95, "share", theirs.within(0.10)),
        at_least("kendall_tau", ours.kendall_tau, 0.9, "ratio", theirs.tau),
    ]


def _interval(session: Session) -> float:
    """Return the width of the 90 % interval of a latency, relative to it; the median of all."""
    summaries = map(summarise, session.measurements)
    return float(np.median([(s.high_us - s.low_us) / s.latency_us for s in summaries]))


def _measure(
    name: str,
    operations: Sequence[Operation],
    backend: OnnxRuntimeBackend,
    device: Device,
    plan: MeasurementPlan,
) -> Session:
    announced = 0

    def on_round(progress: Progress) -> None:
        nonlocal announced
        if progress.round > announced:
            announced = progress.round
            say(f"{name}, round {announced}: {progress.total} operations")

    session = measure(operations, backend, device, plan, on_round=on_round)
    rounds = [part for each in session.measurements for part in each.rounds]
    contended = sum(part.state == "contended" for part in rounds) / len(rounds)
    say(f"{name}: {session.costs.wall:.0f} s, {contended:.0%} of visits contended")
    return session


if __name__ == "__main__":
    report(run)
