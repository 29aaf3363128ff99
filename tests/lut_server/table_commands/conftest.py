"""A server in a thread, ``hna table`` in front of it, and a board that measures as it is told."""

import socket
import threading
from dataclasses import replace

import pytest

from lut_server.app import create_app
from lut_server.client import LutClient
from lut_server.table_commands.group import table as command
from lut_server.wire import LeaseRequest, Report
from lut_server.workers.serving import StoppableServer
from profiler.command import main
from profiler.operations import Border


@pytest.fixture
def url(settings, clock):
    """Where a server of the test's own database listens."""
    app = create_app(settings, clock)
    app.state.server.streams._pause_s = 0.02
    bound = socket.create_server(("127.0.0.1", 0))
    listening = threading.Event()
    server = StoppableServer(app, listening=listening.set, signals=())
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    assert listening.wait(20)
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.leave()
    thread.join(10)


@pytest.fixture
def client(url):
    """The real client in front of that server."""
    with LutClient(url) as client:
        yield client


@pytest.fixture
def run(url, capsys, monkeypatch):
    """Run ``hna table`` with arguments; return its exit status and what it printed."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("HNA_SERVER", url)

    def run(*arguments):
        status = main(["table", *map(str, arguments)], command=command)
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run


class Board(threading.Thread):
    """
    An agent that measures what it is given by formulas: latency by operation and environment.

    What ``fails`` is a gap.  Whatever is no border costs 20 us more than the formula says.
    """

    def __init__(self, url, bench, environments, latency_us, fails=lambda _: False):
        super().__init__()
        self._client = LutClient(url)
        self._bench = bench
        self._environments = environments
        self._latency_us = latency_us
        self._fails = fails
        self._ending = threading.Event()
        self._client.register(bench.registration(environments=environments))

    def run(self):
        request = LeaseRequest(
            fingerprint=self._bench.device.fingerprint,
            environments=self._environments,
            agent_id="board",
        )
        while not self._ending.wait(0.02):
            while lease := self._client.lease(request):
                session = self.session(lease.operations, lease.environment)
                self._client.report(Report(job_id=lease.job_id, lease_id=lease.id, session=session))

    def session(self, operations, environment):
        """Return a session of *operations* in *environment*."""
        gaps = [each for each in operations if self._fails(each)]
        latencies = {
            each: self._latency_us(each, environment) + (0 if isinstance(each, Border) else 20)
            for each in operations
            if each not in gaps
        }
        session = self._bench.session(latencies, gaps=gaps)
        return replace(session, environment=environment)

    def leave(self):
        """Stop measuring."""
        self._ending.set()
        self.join(10)
        self._client.close()


@pytest.fixture
def board(url, bench):
    """Start a board; it stops when the test is over."""
    started = []

    def board(environments, latency_us, **fields):
        thread = Board(url, bench, environments, latency_us, **fields)
        started.append(thread)
        thread.start()
        return thread

    yield board
    for thread in started:
        thread.leave()
