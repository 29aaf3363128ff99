"""
Has operations measured by a process of its own; see ``device_agents.measuring_process``.

The agent itself loads no runtime.  Processor affinity and priority are inherited, so what
``device_agents.quiet`` sets holds for the measuring process too.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import IO, Protocol

from device_agents.messages import ANSWER, Answer, Described, Failed, Measured, Order, Step
from profiler.backends.located import Place
from profiler.device import Device, Environment
from profiler.errors import BackendFailed, BackendUnavailable
from profiler.measurement import Session
from profiler.measuring.plan import MeasurementPlan
from profiler.measuring.rounds import Progress
from profiler.operations import Operation

PROGRAM = (sys.executable, "-P", "-m", "device_agents.measuring_process")
LAST_WORDS = 400
"""Characters of a crashed process's standard error that are worth repeating."""


class Measurer(Protocol):
    """
    Measures for the agent.

    ``on_round`` is called between visits, outside every sample; what it raises ends the session.
    """

    def describe(self) -> Described:
        """
        Return which device and environment this measures.

        Raises:
            BackendUnavailable: the backend cannot be used on this machine.
        """
        ...

    def measure(
        self,
        environment: Environment,
        operations: Sequence[Operation],
        on_round: Callable[[Progress], None],
        plan: MeasurementPlan | None = None,
    ) -> Session:
        """
        Measure *operations*, by another *plan* than usual if one is given.

        Raises:
            BackendUnavailable: the backend is gone, or no longer *environment*.
            BackendFailed: the session as a whole failed, the process crashed included.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessMeasurer:
    """
    Measures each job in a fresh process.

    Args:
        backend: name in the registry of backends.
        machine: who this machine is.
        place: what the machine adds to the environment.
        plan: when a measurement has enough samples.
        options: of the backend, such as ``threads=2``; read where the backend is.
        program: the command that measures.
    """

    backend: str
    machine: Device
    place: Place = field(default_factory=Place)
    plan: MeasurementPlan = field(default_factory=MeasurementPlan)
    options: tuple[str, ...] = ()
    program: tuple[str, ...] = PROGRAM

    def describe(self) -> Described:
        """Ask the backend what it is; see the port."""
        with closing(self._answers(self._order(), _ignore)) as answers:
            for answer in answers:
                if isinstance(answer, Described):
                    return answer
        raise BackendFailed(f"the measuring process of {self.backend} said nothing")

    def measure(
        self,
        environment: Environment,
        operations: Sequence[Operation],
        on_round: Callable[[Progress], None],
        plan: MeasurementPlan | None = None,
    ) -> Session:
        """Measure in a fresh process; see the port."""
        order = self._order(environment, operations, plan)
        with closing(self._answers(order, on_round)) as answers:
            for answer in answers:
                if isinstance(answer, Measured):
                    return answer.session
        raise BackendFailed(f"the measuring process of {self.backend} ended without a session")

    def _order(
        self,
        environment: Environment | None = None,
        operations: Sequence[Operation] = (),
        plan: MeasurementPlan | None = None,
    ) -> Order:
        return Order(
            backend=self.backend,
            options=self.options,
            machine=self.machine,
            place=self.place,
            environment=environment,
            plan=plan or self.plan,
            operations=tuple(operations),
        )

    def _answers(self, order: Order, on_round: Callable[[Progress], None]) -> Generator[Answer]:
        with (
            tempfile.TemporaryFile() as last_words,
            # A group of its own: Ctrl-C in the terminal reaches the agent, which ends the process.
            subprocess.Popen(
                self.program,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=last_words,
                text=True,
                process_group=0,
            ) as process,
        ):
            try:
                yield from _converse(process, order, on_round)
                if process.wait() != 0:
                    raise BackendFailed(_obituary(process.returncode, last_words))
            finally:
                process.kill()


def _converse(
    process: subprocess.Popen[str], order: Order, on_round: Callable[[Progress], None]
) -> Iterator[Answer]:
    assert process.stdin is not None
    assert process.stdout is not None
    _send(process.stdin, order.model_dump_json())
    for line in process.stdout:
        answer = ANSWER.validate_json(line)
        if isinstance(answer, Failed):
            raise (BackendUnavailable if answer.unavailable else BackendFailed)(answer.reason)
        yield answer
        if isinstance(answer, Step):
            on_round(answer.progress)
            _send(process.stdin, "")


def _send(stdin: IO[str], line: str) -> None:
    try:
        stdin.write(line + "\n")
        stdin.flush()
    except BrokenPipeError:
        return  # it crashed; its exit status says how


def _obituary(status: int, last_words: IO[bytes]) -> str:
    how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
    last_words.seek(0)
    said = last_words.read().decode("utf-8", "replace").strip()[-LAST_WORDS:]
    return f"the measuring process ended with {how}" + (f": {said}" if said else "")


def _ignore(_: Progress) -> None:
    """Describing measures nothing."""
