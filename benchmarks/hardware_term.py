"""
What the hardware term costs in a search step of stage 2: ``python -m benchmarks.hardware_term``.

The search runs as ``search.stage2.loop`` runs it, in its cheapest mode and with an architecture
step after every weight step; between its epochs, which are one step long, the term alone is timed:
probabilities of alpha, expected latency, objective, and the gradient of alpha.  The baseline is
the same term as the reference implementation computes it: a softmax for each cell and a sum over
candidates, one after the other.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter

import torch
from torch import Tensor

from benchmarks.figures import Figure, at_most, report, say
from device_agents.quiet import quiet
from profiler.backends.simulated import create
from profiler.certificates import Calibration
from profiler.errors import HnaError
from profiler.measuring.loop import measure
from profiler.measuring.plan import MeasurementPlan
from profiler.platforms.linux import identify
from profiler.space import (
    MetaSpace,
    Topology,
    cell_candidates,
    known_topology,
    named_space,
    space_operations,
)
from profiler.table import Table
from profiler.tabulate import tabulate
from search.data.batches import Batch, Batches, training_batches
from search.data.synthetic import synthetic_dataset
from search.limits import Costs, Limit
from search.progress import EpochReport
from search.stage2.architecture import Architecture
from search.stage2.costs import latency_costs
from search.stage2.hardware import HardwareTerm
from search.stage2.loop import search_operations
from search.stage2.plan import Stage2Plan

SIZE = 96
BATCH = 8
STEPS = 18
SKIPPED = 3
"""Steps in which torch is still finding its memory."""

REPETITIONS = 40
"""Evaluations of the term each way between two steps."""

PLAN = Stage2Plan(
    warmup_epochs=0, search_epochs=STEPS, arch_every=1, mode="two", checkpoint_every=STEPS
)
CALIBRATION = Calibration()


class OneBatch(Batches):
    """One batch, loaded before the clock starts."""

    def __init__(self, batches: Batches) -> None:
        self._loaded = next(batches.epoch(0))

    def __len__(self) -> int:
        """Return 1."""
        return 1

    def epoch(self, number: int) -> Iterator[Batch]:
        """Yield the batch."""
        yield self._loaded


@dataclass(slots=True, kw_only=True)
class Watch:
    """
    Seconds of every step, and of both ways to compute the term, taken between steps.

    Args:
        ours: computes the gradient of the term.
        naive: computes the same, as the reference does.
    """

    ours: Callable[[], Tensor]
    naive: Callable[[], Tensor]
    step_s: list[float] = field(default_factory=list)
    ours_s: list[float] = field(default_factory=list)
    naive_s: list[float] = field(default_factory=list)
    _started: float = field(default_factory=perf_counter)

    def on_epoch(self, epoch: EpochReport) -> None:
        """Note how long the step took, time the term, and start the clock again."""
        taken_s = perf_counter() - self._started
        if epoch.epoch > SKIPPED:
            self.step_s.append(taken_s)
            # In blocks: alternating, a busy machine interrupts one way always and the other never.
            self.ours_s += [seconds(self.ours) for _ in range(REPETITIONS)]
            self.naive_s += [seconds(self.naive) for _ in range(REPETITIONS)]
        self._started = perf_counter()


def run() -> list[Figure]:
    """Search, and time the term between the steps."""
    space = named_space("one", "resnet_10", height=SIZE, width=SIZE)
    topology = known_topology("dnanet_simplified", space.levels)
    table = _simulated_table(space, topology)
    candidates = cell_candidates(space, topology)
    costs = latency_costs(space, topology, candidates, table, CALIBRATION)
    limit = Limit(name="simulated", costs=costs, budget=2 * costs.smallest)
    watch = _watch(costs, HardwareTerm([limit], PLAN))
    batches = _batches()
    with tempfile.TemporaryDirectory() as folder, quiet(torch.get_num_threads()) as notes:
        say("; ".join(notes))
        search_operations(
            space, topology, [limit], batches, batches, PLAN,
            run=Path(folder), on_epoch=watch.on_epoch,
        )  # fmt: skip
    step, ours, naive = (median(each) for each in (watch.step_s, watch.ours_s, watch.naive_s))
    say(f"a step {1e3 * step:.0f} ms, the term {1e3 * ours:.3f} ms, naive {1e3 * naive:.3f} ms")
    return [at_most("hardware_term_of_a_step", ours / step, 0.02, "share", naive / step)]


def gradient(architecture: Architecture, term: HardwareTerm) -> Tensor:
    """Return the gradient of the term as an architecture step computes it."""
    loss = torch.zeros(())
    expected = term.expected(architecture.probabilities())
    (grad,) = torch.autograd.grad(term.objective(loss, expected), architecture.alpha)
    return grad


def naive_gradient(alpha: Tensor, costs: Costs, term: HardwareTerm) -> Tensor:
    """Return the same gradient, cell by cell and candidate by candidate."""
    expected: Tensor | float = costs.fixed
    for row, latencies_us in zip(alpha, costs.cells.values(), strict=True):
        probabilities = torch.softmax(row[: len(latencies_us)], dim=0)
        for probability, latency_us in zip(probabilities, latencies_us, strict=True):
            expected = expected + probability * latency_us
    assert isinstance(expected, Tensor)
    (grad,) = torch.autograd.grad(term.objective(torch.zeros(()), expected[None]), alpha)
    return grad


def seconds(work: Callable[[], object]) -> float:
    """Return how long *work* takes, in seconds."""
    start = perf_counter()
    work()
    return perf_counter() - start


def _watch(costs: Costs, term: HardwareTerm) -> Watch:
    torch.manual_seed(0)
    term.multipliers += 1  # at 0, where a search begins, the gradient would be 0
    architecture = Architecture([len(row) for row in costs.cells.values()])
    watch = Watch(
        ours=lambda: gradient(architecture, term),
        naive=lambda: naive_gradient(architecture.alpha, costs, term),
    )
    if not torch.allclose(watch.ours(), watch.naive(), rtol=1e-4, atol=1e-7):
        raise HnaError("the two ways to compute the hardware term disagree; one of them is wrong")
    return watch


def _simulated_table(space: MetaSpace, topology: Topology) -> Table:
    """Return a table of this space; what the rows hold does not change what they cost to use."""
    backend = create()
    device = backend.device(identify())
    operations = space_operations(space, topology)
    session = measure(operations, backend, device, MeasurementPlan.quick())
    return Table(
        device_model=device.model,
        environment=backend.environment,
        entries=tabulate([session.measurements]),
        simulated=True,
    )


def _batches() -> Batches:
    data = synthetic_dataset(train=2 * BATCH, test=1, size=SIZE, seed=0)
    return OneBatch(
        training_batches(
            data.train, size=SIZE, batch=BATCH, seed=0, normalisation=data.normalisation
        )
    )


if __name__ == "__main__":
    report(run)
