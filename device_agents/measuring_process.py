"""
The program that measures: ``python -m device_agents.measuring_process``.

A process of its own for every job: runtimes and the memory they hold are gone when it ends, and
a runtime that crashes takes this process down and not the agent.  The kernel ends it with the
agent, however that ends: the next one must not measure beside it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from typing import TextIO

from device_agents.messages import Described, Failed, Measured, Order, Step
from lut_server.wire import Message
from profiler.backends.located import located
from profiler.backends.options import backend_options
from profiler.backends.registry import open_backend
from profiler.errors import BackendUnavailable, HnaError
from profiler.measuring.loop import measure
from profiler.measuring.rounds import Progress

PR_SET_PDEATHSIG = 1
"""Of prctl(2): the signal this process gets when the thread that started it ends."""

TELL_EVERY_S = 0.1
"""Shortest time between two steps of one phase, in seconds."""


def main() -> int:
    """Serve one order from standard input; return the exit status."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a runtime prints must not mix with the answers
    try:
        serve(sys.stdin, answers)
    except (EOFError, BrokenPipeError):
        return 1  # the agent is gone
    return 0


def serve(orders: TextIO, answers: TextIO) -> None:
    """
    Read one order and answer it.

    Raises:
        EOFError: the agent is gone.
    """
    order = Order.model_validate_json(_line(orders))
    try:
        _carry_out(order, orders, answers)
    except HnaError as error:
        unavailable = isinstance(error, BackendUnavailable)
        _say(answers, Failed(unavailable=unavailable, reason=str(error)))


def _carry_out(order: Order, orders: TextIO, answers: TextIO) -> None:
    options = backend_options(order.backend, order.options)
    backend = located(open_backend(order.backend, **options), order.place)
    device = backend.device(order.machine)
    _say(answers, Described(device=device, environment=backend.environment))
    if order.environment not in (None, backend.environment):
        raise BackendUnavailable(
            f"the agent registered {order.environment and order.environment.label} and this is "
            f"{backend.environment.label}; start the agent again"
        )

    if order.operations:
        steps = Steps(orders, answers)
        session = measure(order.operations, backend, device, order.plan, on_round=steps.tell)
        _say(answers, Measured(session=session))


class Steps:
    """Tells the agent how far the session is, and waits until it has taken note."""

    def __init__(self, orders: TextIO, answers: TextIO) -> None:
        self._orders = orders
        self._answers = answers
        self._phase = ""
        self._told_s = 0.0

    def tell(self, progress: Progress) -> None:
        """Tell it, unless that was done a moment ago: telling costs as much as a short sample."""
        now_s = time.monotonic()
        if progress.phase == self._phase and now_s - self._told_s < TELL_EVERY_S:
            return
        self._phase, self._told_s = progress.phase, now_s
        _say(self._answers, Step(progress=progress))
        _line(self._orders)


def _say(answers: TextIO, message: Message) -> None:
    answers.write(message.model_dump_json() + "\n")
    answers.flush()


def _line(orders: TextIO) -> str:
    line = orders.readline()
    if not line:
        raise EOFError
    return line


if __name__ == "__main__":
    sys.exit(main())
