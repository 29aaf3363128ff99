"""
A device that exists only as a formula: deterministic, instant, with noise one can set.

It runs the whole system with no runtime and no clock.  Everything it touches is marked
``simulated``.  Latency = a constant for the call + for every primitive the larger of arithmetic
and memory time (a roofline), in microseconds.  With a published table it replays that
(``profiler.backends.replayed``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import prod

import numpy as np

from profiler.backends import replayed
from profiler.backends.port import Backend, Prepared
from profiler.cost import BYTES_PER_VALUE, macs_of
from profiler.device import Device, Environment
from profiler.errors import BackendUnavailable
from profiler.graph import Graph, Node
from profiler.measurement import Timer
from profiler.operations import Operation, operation_key, probe_graph

VERSION = "1"
MACS_PER_US = 20_000.0
BYTES_PER_US = 8_000.0
CALL_US = 12.0
COLD_US = 5.0
"""What the first execution after a flush takes longer."""

TIMER = Timer(name="none", resolution_us=0.0, overhead_us=0.0)


class SimulatedBackend:
    """Answers with a formula; executing takes no time."""

    name = "simulated"
    timer = TIMER

    def __init__(self, *, threads: int, noise: float, seed: int) -> None:
        if noise < 0:
            raise BackendUnavailable(f"noise={noise}; a relative standard deviation is >= 0")
        self._noise = noise
        self._seed = seed
        self.environment = Environment(
            runtime="simulated",
            runtime_version=VERSION,
            provider="roofline",
            threads=threads,
            options=(f"noise={noise:g}", f"seed={seed}"),
        )

    def device(self, machine: Device) -> Device:
        """Return a device that says it is simulated, one for each machine it runs on."""
        return replace(
            machine,
            fingerprint=hashlib.sha256(f"simulated {machine.fingerprint}".encode()).hexdigest(),
            model="simulated",
            name="simulated device",
            simulated=True,
        )

    @contextmanager
    def prepare(self, operation: Operation) -> Iterator[Prepared]:
        """Work out the latency; see the port."""
        latency_us = roofline_us(probe_graph(operation)) / self.environment.threads
        digest = hashlib.sha256(f"{self._seed} {operation_key(operation)}".encode()).digest()
        generator = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        flushed = False

        def execute(times: int) -> float:
            nonlocal flushed
            spread = self._noise / times**0.5
            cold_us, flushed = COLD_US if flushed else 0.0, False
            drawn = np.exp(spread * abs(generator.standard_normal()))
            return float((latency_us + cold_us / times) * drawn)

        def flush() -> None:
            nonlocal flushed
            flushed = True

        yield Prepared(execute=execute, flush=flush)


def create(
    *,
    threads: int = 1,
    noise: float = 0.01,
    seed: int = 0,
    replay: str = "",
    device: str = "",
    replay_noise: float = replayed.SAMPLE_NOISE,
    session_noise: float = replayed.SESSION_NOISE,
) -> Backend:
    """
    Return the backend.

    Args:
        threads: divides every latency.
        noise: relative standard deviation of one execution; contention only adds.
        seed: equal seeds, equal samples.
        replay: a file of published networks to replay; empty for the formula alone.
        device: which device of that file this is.
        replay_noise: relative standard deviation of one execution of a published network.
        session_noise: the same of a published network between sessions.

    Raises:
        BackendUnavailable: noise below zero, or nothing to replay in the file.
    """
    formula = SimulatedBackend(threads=threads, noise=noise, seed=seed)
    if not replay and not device:
        return formula
    if not (replay and device):
        raise BackendUnavailable(
            f"replay={replay!r} and device={device!r}; a device is replayed from a file: name both"
        )
    return replayed.replay(
        formula, replay, device, noise=replay_noise, session_noise=session_noise, seed=seed
    )


def roofline_us(graph: Graph) -> float:
    """Return the simulated latency of *graph*, in microseconds."""
    return CALL_US + sum(_node_us(node) for node in graph.nodes)


def _node_us(node: Node) -> float:
    memory_us = prod(node.shape) * BYTES_PER_VALUE / BYTES_PER_US
    return max(memory_us, macs_of(node) / MACS_PER_US)
