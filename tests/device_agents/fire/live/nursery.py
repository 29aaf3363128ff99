"""
A program that starts agents fast: it imports once, then forks one agent for each line it reads.

Each is a process of its own with its own sockets, spool and lock, as ``hna agent`` is, except
that it measures the simulated device itself, and waits while a file ``hold`` exists.
"""

import json
import math
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from device_agents.display import LineDisplay
from device_agents.messages import Described
from device_agents.quiet import QuietSettings, affinity, contention
from device_agents.settings import AgentSettings
from device_agents.start import run_agent
from profiler.backends.simulated import create
from profiler.device import Device
from profiler.errors import HnaError
from profiler.measuring.loop import measure
from profiler.measuring.plan import MeasurementPlan
from profiler.measuring.rounds import Progress

PLAN = MeasurementPlan(min_rounds=3, max_rounds=3, max_samples=2, max_warmups=2)


class Measurer:
    """Measures the simulated device in this process."""

    def __init__(self, fingerprint, hold, renewing, real):
        self._backend = create()
        machine = Device(
            fingerprint=fingerprint,
            model=f"machine-{fingerprint[:8]}",
            name="test",
            architecture="x86_64",
            cores=2,
            memory_bytes=2**30,
            system="Linux",
        )
        self._device = replace(self._backend.device(machine), fingerprint=fingerprint)
        if real:
            self._device = replace(self._device, simulated=False)
        self._hold = Path(hold) if hold else None
        self._renewing = renewing

    def describe(self):
        return Described(device=self._device, environment=self._backend.environment)

    def measure(self, environment, operations, on_round):
        def wait(progress):
            on_round(progress)
            while self._hold and self._hold.exists():
                time.sleep(0.02)
                if self._renewing:
                    on_round(progress)

        wait(Progress(phase="build", done=0, total=1, round=0))
        return measure(operations, self._backend, self._device, PLAN, on_round=wait)


def run(
    *, url, state, log, fingerprint, root="/", poll_s=0.05, idle_s=None, governor=None,
    hold=None, renewing=False, real=False, share=False,
):  # fmt: skip
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    affinity.LOOK_S = contention.LOOK_S = 0.005
    contention.MAX_OTHERS = math.inf  # how busy this machine is, is not what is tested
    settings = AgentSettings(
        poll_s=poll_s,
        idle_s=idle_s,
        quiet=QuietSettings(wait_s=0.0, governor=governor),
        share_device=share,
    )
    measurer = Measurer(fingerprint, hold, renewing, real)
    display = LineDisplay(Console(width=1000))
    run_agent(url, measurer, settings, Path(state), display, Path(root))


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the dead
    tell("ready")
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                run(**json.loads(line))
            except HnaError as error:
                tell(f"{type(error).__name__}: {error}")
            os._exit(0)
        tell(str(pid))


def tell(text):
    os.write(1, f"{text}\n".encode())


if __name__ == "__main__":
    main()
