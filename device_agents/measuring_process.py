"""
The program that measures: ``python -m device_agents.measuring_process``.

A process of its own for every job: runtimes and the memory they hold are gone when it ends, and
a runtime that crashes takes this process down and not the agent.  It ends by itself when the
agent does, because nobody answers its next line.
"""

from __future__ import annotations

import os
import sys
from typing import TextIO

from device_agents.messages import Described, Failed, Measured, Order, Step
from lut_server.wire import Message
from profiler.backends.registry import open_backend
from profiler.errors import BackendUnavailable, HnaError
from profiler.measuring.loop import Progress, measure


def main() -> int:
    """Serve one order from standard input; return the exit status."""
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
    backend = open_backend(order.backend, **order.options)
    device = backend.device(order.machine)
    _say(answers, Described(device=device, environment=backend.environment))
    if order.environment not in (None, backend.environment):
        raise BackendUnavailable(
            f"the agent registered {order.environment and order.environment.label} and this is "
            f"{backend.environment.label}; start the agent again"
        )

    def on_round(progress: Progress) -> None:
        _say(answers, Step(progress=progress))
        _line(orders)

    if order.operations:
        session = measure(order.operations, backend, device, order.plan, on_round=on_round)
        _say(answers, Measured(session=session))


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
