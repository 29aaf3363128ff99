"""
Sessions with two versions of a runtime, in turn: old, new, old, new.

Each version has its own interpreter, which measures in a process of its own as an agent's does.
In turn, so that what drifts on the machine drifts for both.  Sessions may be kept in a folder;
those that are there are read, not measured again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from benchmarks.figures import say
from device_agents.measurer import ProcessMeasurer
from device_agents.quiet import quiet
from profiler.atomic import write_atomically
from profiler.errors import HnaError
from profiler.measurement import Measurement, Session
from profiler.measuring.plan import MeasurementPlan
from profiler.operations import Operation
from profiler.platforms.here import this_machine
from profiler.table import Table
from profiler.tabulate import tabulate

PLAN = MeasurementPlan(min_rounds=8, max_rounds=14, time_limit_s=1_500.0)

_SESSION = TypeAdapter(Session)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python with a version of the runtime, and what its sessions are called."""

    name: str
    python: str

    def measurer(self) -> ProcessMeasurer:
        """Return what measures with it."""
        program = (self.python, "-P", "-m", "device_agents.measuring_process")
        machine = this_machine()
        return ProcessMeasurer(backend="onnxruntime", machine=machine, plan=PLAN, program=program)

    def session(self, operations: Sequence[Operation]) -> Session:
        """Measure *operations*, the machine made quiet."""
        measurer = self.measurer()
        environment = measurer.describe().environment
        with quiet(1):
            return measurer.measure(environment, operations, lambda _: None)


def in_turn(
    interpreters: Sequence[Interpreter],
    operations: Sequence[Operation],
    count: int,
    folder: Path | None,
) -> list[list[Session]]:
    """
    Return *count* sessions of each of *interpreters*.

    Raises:
        HnaError: a session could not be measured, or two interpreters have one runtime.
    """
    found: list[list[Session]] = [[] for _ in interpreters]
    for number in range(count):
        for interpreter, sessions in zip(interpreters, found, strict=True):
            path = folder / f"{interpreter.name}_{number}.json" if folder else None
            sessions.append(_kept(path) or _measured(interpreter, operations, path))
            version = sessions[-1].environment.runtime_version
            say(f"{interpreter.name} {version}: session {number + 1} of {count}")
    versions = [sessions[0].environment.runtime_version for sessions in found]
    if len(set(versions)) < len(versions):
        raise HnaError(f"both interpreters have onnxruntime {versions[0]}; install another version")
    return found


def table_of(sessions: Sequence[Session]) -> Table:
    """Return the table of *sessions*, which are of one environment."""
    return Table(
        device_model=sessions[0].device.model,
        environment=sessions[0].environment,
        entries=tabulate([session.measurements for session in sessions]),
    )


def seconds_of(measurement: Measurement) -> float:
    """Return how long the samples of *measurement* took."""
    each_us = sum(sum(part.samples_us) for part in measurement.rounds)
    return each_us * measurement.inner_loops / 1e6


def _kept(path: Path | None) -> Session | None:
    if path is None or not path.exists():
        return None
    return _SESSION.validate_json(path.read_bytes())


def _measured(
    interpreter: Interpreter, operations: Sequence[Operation], path: Path | None
) -> Session:
    session = interpreter.session(operations)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, _SESSION.dump_json(session))
    return session
