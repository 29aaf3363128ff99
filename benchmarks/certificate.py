"""
How well the sum of rows predicts whole networks on this machine: ``python -m benchmarks.certificate``.

Rows and networks are measured interleaved, in one session.  The baseline is what the field does:
operations measured isolated, summed as they are, against the same networks in a session of its
own right after.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.figures import Figure, at_least, at_most, report, say
from profiler.backends.onnxruntime import OnnxRuntimeBackend, create
from profiler.device import Device
from profiler.estimation import Certificate, certify, kendall_tau
from profiler.measurement import Session
from profiler.measuring.loop import Progress, measure
from profiler.measuring.plan import MeasurementPlan
from profiler.operations import Network, Operation, operation_graph, operation_key
from profiler.platforms.linux import identify
from profiler.summary import summarise
from profiler.table import Table
from profiler.tabulate import tabulate
from search.space import known_topology, named_space, random_networks, space_operations

NETWORKS = 40
SEED = 2026
PLAN = MeasurementPlan(min_rounds=12, max_rounds=30)


class Isolated(OnnxRuntimeBackend):
    """Measures an operation as it stands, border and all, as published tables do."""

    graph_of = staticmethod(operation_graph)


def run() -> list[Figure]:
    """Measure both ways and compare."""
    space = named_space("one", "resnet_10", height=128, width=128)
    topology = known_topology("meta", space.levels)
    networks = random_networks(space, topology, NETWORKS, seed=SEED)
    operations = (*space_operations(space, topology), *networks)
    device = identify()

    session = _measure(operations, create(), device)
    certificate = certify(_table(session, device))
    isolated = _measure(operations, Isolated(threads=1, optimisation="all"), device)
    errors, tau = _naive(isolated, networks)
    return [*_figures(certificate, errors, tau), *_noise(session, isolated)]


def _figures(certificate: Certificate, errors: np.ndarray, tau: float) -> list[Figure]:
    within_10pct = float(np.mean(errors <= 0.10))
    return [
        at_most(
            "median_abs_error",
            certificate.median_abs_error,
            0.05,
            "share",
            float(np.median(errors)),
        ),
        at_least(
            "within_5pct", certificate.within_5pct, 0.5, "share", float(np.mean(errors <= 0.05))
        ),
        at_least("within_10pct", certificate.within_10pct, 0.95, "share", within_10pct),
        at_least("kendall_tau", certificate.kendall_tau, 0.9, "ratio", tau),
    ]


def _noise(session: Session, isolated: Session) -> list[Figure]:
    def of(measured: Session) -> float:
        spreads = [
            (s.high_us - s.low_us) / s.latency_us for s in map(summarise, measured.measurements)
        ]
        return float(np.median(spreads))

    return [at_most("median_interval_width", of(session), 0.05, "share", of(isolated))]


def _measure(
    operations: Sequence[Operation], backend: OnnxRuntimeBackend, device: Device
) -> Session:
    announced = 0

    def on_round(progress: Progress) -> None:
        nonlocal announced
        if progress.round > announced:
            announced = progress.round
            say(f"round {announced}: {progress.total} operations")

    return measure(operations, backend, device, PLAN, on_round=on_round)


def _table(session: Session, device: Device) -> Table:
    return Table(
        device_model=device.model,
        environment=session.environment,
        entries=tabulate(session.measurements),
    )


def _naive(session: Session, networks: Sequence[Network]) -> tuple[np.ndarray, float]:
    """Return the relative errors of plain sums of isolated latencies, and their Kendall tau."""
    latencies = {operation_key(m.operation): summarise(m).latency_us for m in session.measurements}
    sums = np.array(
        [sum(latencies[operation_key(part)] for part in network.parts()) for network in networks]
    )
    measured = np.array([latencies[operation_key(network)] for network in networks])
    return np.abs(sums - measured) / measured, kendall_tau(sums, measured)


if __name__ == "__main__":
    report(run)
