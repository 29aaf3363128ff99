"""
Tables of a whole space on a GPU, each with its certificate: ``python -m benchmarks.gpu_tables``.

Every candidate of every cell of the default space and random networks of it, by torch eager, by
torch replaying CUDA graphs, and by ONNX Runtime where its build has CUDA.  Beside the tables: how
many operations are launch-bound, and how far CUDA events are off a profiler's kernel time.
Without a GPU it says why it skips.  On an H100 it takes a few minutes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, at_least, at_most, report, say
from benchmarks.gpu_report import Tabled, markdown
from profiler.backends.registry import Variant, open_backend, why_unavailable
from profiler.certificates import certify
from profiler.measurement import Session
from profiler.measuring.loop import measure
from profiler.measuring.plan import MeasurementPlan
from profiler.measuring.rounds import Progress
from profiler.operations import Network, Operation, operation_key
from profiler.platforms.linux import identify
from profiler.space import known_topology, named_space, random_networks, space_operations
from profiler.table import Table
from profiler.tabulate import tabulate

SEED = 2026
TOPOLOGY = "dnanet_simplified"
EAGER = Variant(backend="torch", options={"device": "cuda", "mode": "eager"})
GRAPH = Variant(backend="torch", options={"device": "cuda", "mode": "cuda_graph"})
ORT = Variant(backend="onnxruntime", options={"provider": "cuda"})

LAUNCH_BOUND = 0.9
"""Share of its latency the host needs to launch an operation, from which it is launch-bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """
    How much is measured.

    Args:
        size: H and W of the images, in pixels.
        networks: how many random networks each certificate rests on.
        seconds: spent in rounds for each table, at most.
    """

    size: int = 256
    networks: int = 36
    seconds: float = 100.0

    @property
    def plan(self) -> MeasurementPlan:
        """When a table has enough."""
        return MeasurementPlan(max_rounds=20, time_limit_s=self.seconds)


def run(scale: Scale | None = None, into: Path | None = None) -> list[Figure]:
    """
    Measure the tables and what doubts them.

    Args:
        scale: how much; everything unless given.
        into: where to write the results in full, as Markdown; nowhere if None.
    """
    reason = why_unavailable(EAGER.backend, **EAGER.options)
    if reason:
        say(f"gpu_tables skips: {reason}")
        return []
    scale = scale or Scale()
    rows, networks = wanted(scale)
    tabled, absent = _tables((*rows, *networks), scale.plan)
    shares = {v.label: _host_shares(v, rows) for v in (EAGER, GRAPH)}
    compared = import_module("benchmarks.kernel_time").compare(
        open_backend(EAGER.backend, **EAGER.options)
    )
    if into:
        into.write_text(markdown(tabled, absent, shares, compared, LAUNCH_BOUND))
        say(f"written to {into}")
    worst = max(each.difference for each in compared)
    return [
        *(figure for each in tabled for figure in _certified(each)),
        at_most("events_off_kernel_time", worst, 0.02, "share"),
        launch_bound_figure(shares[EAGER.label], shares[GRAPH.label]),
    ]


def wanted(scale: Scale) -> tuple[tuple[Operation, ...], tuple[Network, ...]]:
    """Return every operation of the space, and random networks of it."""
    space = named_space("one", "resnet_10", height=scale.size, width=scale.size)
    topology = known_topology(TOPOLOGY, space.levels)
    networks = random_networks(space, topology, scale.networks, seed=SEED)
    return tuple(space_operations(space, topology)), tuple(networks)


def share_launch_bound(host_shares: Mapping[str, float]) -> float:
    """Return the share of operations that are launch-bound, of host shares by operation key."""
    bound = [share >= LAUNCH_BOUND for share in host_shares.values()]
    return sum(bound) / len(bound)


def launch_bound_figure(eager: Mapping[str, float], graph: Mapping[str, float]) -> Figure:
    """Return how many operations are launch-bound; it is a fact to be shown and meets no goal."""
    return Figure(
        name="launch_bound_eager",
        figure=share_launch_bound(eager),
        unit="share",
        goal="shown",
        baseline=share_launch_bound(graph),
        holds=True,
    )


def _tables(
    operations: Sequence[Operation], plan: MeasurementPlan
) -> tuple[list[Tabled], dict[str, str]]:
    """Return the tables, and why others are absent, by the label of their variant."""
    tabled: list[Tabled] = []
    absent: dict[str, str] = {}
    for variant in (EAGER, GRAPH, ORT):
        reason = why_unavailable(variant.backend, **variant.options)
        if reason:
            say(f"no table of {variant.label}: {reason}")
            absent[variant.label] = reason
        else:
            tabled.append(_table(variant, operations, plan))
    return tabled, absent


def _table(variant: Variant, operations: Sequence[Operation], plan: MeasurementPlan) -> Tabled:
    backend = open_backend(variant.backend, **variant.options)
    device = backend.device(identify())
    announce = partial(_announce, variant.label, [0])
    session = measure(operations, backend, device, plan, on_round=announce)
    _say_session(variant.label, session)
    table = Table(
        device_model=device.model,
        environment=session.environment,
        entries=tabulate([session.measurements]),
    )
    return Tabled(label=variant.label, table=table, session=session, certificate=certify(table))


def _host_shares(variant: Variant, operations: Sequence[Operation]) -> dict[str, float]:
    """Return the share of its latency the host needs to launch each operation, by its key."""
    backend: Any = open_backend(variant.backend, **variant.options)
    say(f"{variant.label}: what the host needs to launch {len(operations)} operations")
    return {operation_key(each): backend.host_share(each) for each in operations}


def _certified(tabled: Tabled) -> list[Figure]:
    certificate, label = tabled.certificate, tabled.label
    return [
        at_most(f"{label}: median_abs_error", certificate.median_abs_error, 0.05, "share"),
        at_least(f"{label}: within_10pct", certificate.within_10pct, 0.95, "share"),
        at_least(f"{label}: kendall_tau", certificate.kendall_tau, 0.9, "ratio"),
    ]


def _announce(label: str, announced: list[int], progress: Progress) -> None:
    if progress.round > announced[0]:
        announced[0] = progress.round
        say(f"{label}, round {progress.round}: {progress.total} operations")


def _say_session(label: str, session: Session) -> None:
    say(f"{label}: {session.costs.wall:.0f} s, {len(session.gaps)} gaps")
    for text in (*(gap.reason for gap in session.gaps), *session.warnings):
        say(f"{label}: {text}")


def main(arguments: Sequence[str]) -> None:
    """Run at the full scale, or the one asked for."""
    full = Scale()
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--size", type=int, default=full.size)
    parser.add_argument("--networks", type=int, default=full.networks)
    parser.add_argument("--seconds", type=float, default=full.seconds)
    parser.add_argument("--markdown", type=Path)
    given, others = parser.parse_known_args(arguments)
    scale = Scale(size=given.size, networks=given.networks, seconds=given.seconds)
    report(lambda: run(scale, given.markdown), others)


if __name__ == "__main__":
    main(sys.argv[1:])
