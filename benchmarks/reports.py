"""
Reports as a device of a campaign would send them, made up: sessions, and their JSON.

Every latency is another number, as in life, so that nothing compresses or caches better than it
would.
"""

from __future__ import annotations

from random import Random
from uuid import UUID

from lut_server.wire import Registration, Report
from profiler.device import Device, Environment
from profiler.measurement import Conditions, Costs, Measurement, Round, Session
from profiler.operations import Operation, ResidualConv, border_of

ROUNDS, SAMPLES = 10, 20
"""A measurement's, as the default plan makes them of an operation of half a millisecond."""


class MadeUpDevice:
    """A device that measured whatever it is asked for."""

    def __init__(self, name: str) -> None:
        self._random = Random(name)
        self.device = Device(
            fingerprint=f"benchmark-{name}",
            model="benchmark",
            name=name,
            architecture="x86_64",
            cores=2,
            memory_bytes=8_000_000_000,
            system="Linux 6",
        )
        self.environment = Environment(
            runtime="onnxruntime", runtime_version="1.22", provider="CPUExecutionProvider"
        )

    def reseed(self, seed: str) -> None:
        """Begin another sequence of ids and latencies."""
        self._random = Random(seed)

    def registration(self) -> Registration:
        """Return what registers it."""
        return Registration(
            device=self.device, environments=(self.environment,), agent_version="0.1.0"
        )

    def session(self, operations: tuple[Operation, ...]) -> Session:
        """Return a session in which *operations* were measured."""
        moment = Conditions(at="2026-11-22T12:00:00Z", load_average=0.5)
        return Session(
            id=self._id(),
            device=self.device,
            environment=self.environment,
            measurements=tuple(self._measurement(operation) for operation in operations),
            sentinel_us=tuple(self._latencies_us(10.0, ROUNDS)),
            before=moment,
            during=(moment,) * ROUNDS,
            after=moment,
            costs=Costs(wall=60.0, build=5.0, warm_up=5.0, timed=50.0),
        )

    def report(
        self, operations: tuple[Operation, ...], job_id: str | None = None, lease: str | None = None
    ) -> Report:
        """Return the report of such a session."""
        return Report(job_id=job_id, lease_id=lease, session=self.session(operations))

    def _measurement(self, operation: Operation) -> Measurement:
        typical_us = self._random.uniform(50.0, 2_000.0)
        rounds = [Round(samples_us=self._latencies_us(typical_us, SAMPLES)) for _ in range(ROUNDS)]
        return Measurement(
            id=self._id(),
            operation=operation,
            rounds=tuple(rounds),
            warmups=5,
            inner_loops=1,
            stop_reason="noise",
        )

    def _latencies_us(self, typical_us: float, count: int) -> tuple[float, ...]:
        return tuple(typical_us * self._random.lognormvariate(0.0, 0.02) for _ in range(count))

    def _id(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))


def some_operations(count: int) -> tuple[Operation, ...]:
    """Return *count* different operations, borders among them."""
    found: dict[Operation, None] = {}
    channels = 0
    while len(found) < count:
        channels += 1
        operation = ResidualConv(
            channels_in=channels, channels_out=channels, height=32, width=32, kernel=3
        )
        border = border_of(operation)
        found |= dict.fromkeys([operation] if border is None else [border, operation])
    return tuple(found)[:count]
