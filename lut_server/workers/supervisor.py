"""
The process that serves nothing itself: it starts workers on one socket, replaces one that dies,
and stops all of them in order.

Workers are spawned, not forked, so that none inherits a connection or a thread of another.  What
they count of requests they keep in files of one folder, so that whichever worker is asked for
``/metrics`` answers for all (``lut_server.metrics.requests``).
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import Pipe, get_context
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from typing import Any

from lut_server.metrics.requests import FOLDER_VARIABLE
from lut_server.settings import Settings
from lut_server.workers.serving import SIGNALS
from lut_server.workers.worker import work
from profiler.errors import ListenFailed

log = logging.getLogger(__name__)

RESTART_S = 1.0
"""A worker is not started sooner than this after the one whose place it takes, in seconds."""

KILL_S = 5.0
"""How long after the end of their grace workers are waited for, in seconds."""


class Supervisor:
    """
    Keeps as many workers serving as the settings say.

    Args:
        settings: of the server.
        bound: the socket, listening; closed when the supervisor stops.
    """

    def __init__(self, settings: Settings, bound: socket.socket) -> None:
        self._settings = settings
        self._bound = bound
        self._workers: list[_Worker] = []
        self._told, self._tell = Pipe(duplex=False)

    def run(self, listening: Callable[[], None], leaving: Callable[[], None]) -> None:
        """
        Serve until told to stop.

        Args:
            listening: called once all workers listen.
            leaving: called when told to stop.

        Raises:
            ListenFailed: a worker ended before all listened; says why.
        """
        with self._signals(), self._folder_of_counts():
            try:
                self._workers = [self._start() for _ in range(self._settings.workers)]
                if self._all_listen():
                    listening()
                    self._keep()
            finally:
                leaving()
                self._stop()

    def _start(self) -> _Worker:
        return _Worker(self._settings, self._bound)

    def _all_listen(self) -> bool:
        """Wait until all workers listen; return False if told to stop before."""
        missing = list(self._workers)
        while missing:
            if self._told in wait([self._told, *(worker.said for worker in missing)]):
                return False
            for worker in [each for each in missing if each.said.poll()]:
                worker.require_listening()
                missing.remove(worker)
        return True

    def _keep(self) -> None:
        """Replace workers that die until told to stop."""
        while not self._told.poll():
            ended = wait([self._told, *(worker.process.sentinel for worker in self._workers)])
            for index, worker in enumerate(self._workers):
                if worker.process.sentinel in ended:
                    self._workers[index] = self._replacement(worker)

    def _replacement(self, worker: _Worker) -> _Worker:
        log.warning("%s; another takes its place", worker.end())
        self._told.poll(max(0.0, worker.started_s + RESTART_S - time.monotonic()))
        return self._start()

    def _stop(self) -> None:
        """Tell all workers to stop, and wait; told again, end them at once."""
        self._bound.close()  # or the system would go on taking connections for nobody
        for worker in self._workers:
            worker.process.terminate()
        deadline_s = time.monotonic() + self._settings.drain_s + self._settings.grace_s + KILL_S
        while self._told.poll():
            self._told.recv()
        running = [worker.process for worker in self._workers]
        while running and time.monotonic() < deadline_s and not self._told.poll():
            left_s = max(0.0, deadline_s - time.monotonic())
            wait([self._told, *(process.sentinel for process in running)], left_s)
            running = [process for process in running if process.is_alive()]
        for process in running:
            log.warning("worker process %s did not stop in time and is ended", process.pid)
            process.kill()
        for worker in self._workers:
            worker.end()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Have signals say in a pipe that it is time to stop."""

        def tell(sig: int, _: Any) -> None:
            self._tell.send(sig)

        before = {sig: signal.signal(sig, tell) for sig in SIGNALS}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)

    @contextmanager
    def _folder_of_counts(self) -> Iterator[None]:
        with tempfile.TemporaryDirectory(prefix="hna-metrics-") as folder:
            os.environ[FOLDER_VARIABLE] = folder
            try:
                yield
            finally:
                del os.environ[FOLDER_VARIABLE]


class _Worker:
    """A worker process, and the pipe in which it says that it listens."""

    def __init__(self, settings: Settings, bound: socket.socket) -> None:
        self.said, theirs = Pipe()
        self.process: SpawnProcess = get_context("spawn").Process(
            target=work, args=(settings, bound, theirs), daemon=True
        )
        self.started_s = time.monotonic()
        with _without_ctrl_c():
            self.process.start()
        theirs.close()  # so that the pipe ends with the worker

    def require_listening(self) -> None:
        """Raise ``ListenFailed`` unless what the worker said is that it listens."""
        try:
            fault = self.said.recv()
        except EOFError:
            fault = self.end()
        if fault is not None:
            raise ListenFailed(f"a worker could not serve: {fault}")

    def end(self) -> str:
        """Wait for the process to end, forget it, and return how it ended."""
        self.process.join()
        pid, status = self.process.pid, self.process.exitcode or 0
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        why = self._last_words()
        self.said.close()
        return f"worker process {pid} ended {how}{why}"

    def _last_words(self) -> str:
        try:
            fault = self.said.recv() if not self.said.closed and self.said.poll() else None
        except EOFError:
            fault = None
        return f" ({fault})" if fault else ""


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """
    Have processes that are started meanwhile never hear of Ctrl-C.

    A terminal sends it to all of them; the supervisor passes it on, in its own time.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
