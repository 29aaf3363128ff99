"""Small servers in memory and on a socket, and a display that remembers."""

import json
import threading
from collections import deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from device_agents.agent import Agent
from device_agents.messages import Described
from device_agents.settings import AgentSettings
from device_agents.spool import Spool
from lut_server.wire import DeviceView, Lease, Report, ReportReceipt
from profiler.backends.registry import open_backend
from profiler.errors import LeaseLost, ServerRefused, ServerUnreachable
from profiler.measuring.loop import measure
from profiler.measuring.plan import MeasurementPlan
from profiler.operations import ResidualConv

TINY_PLAN = MeasurementPlan(min_rounds=2, max_rounds=2, max_samples=2, max_warmups=2)
OPERATION = ResidualConv(channels_in=8, channels_out=8, height=8, width=8)


class ServerInMemory:
    """The part of ``LutClient`` an agent uses, over lists instead of HTTP."""

    base_url = "http://memory"

    def __init__(self, environment):
        self.environment = environment
        self.queue = deque()
        self.held = {}
        self.reports = []
        self.registrations = []
        self.renewed = 0
        self.away = False
        self.lose_leases = False
        self.refuse_reports = None

    def add_job(self, *operations, seconds=60.0):
        number = f"job-{len(self.queue)}"
        self.queue.append((number, operations or (OPERATION,), seconds))

    def register(self, registration):
        self._require()
        self.registrations.append(registration)

    def lease(self, request):
        self._require()
        if not self.registrations:
            raise ServerRefused(409, "register first", {"type": "device-unregistered"})
        if not self.queue:
            return None
        job, operations, seconds = self.queue.popleft()
        lease = Lease(
            id=f"lease-of-{job}",
            job_id=job,
            campaign_id="campaign",
            environment=request.environments[0],
            operations=operations,
            expires_at="2026-01-01T00:00:00+00:00",
            seconds=seconds,
        )
        self.held[lease.id] = (job, operations, seconds)
        return lease

    def renew(self, lease_id):
        self._require()
        if self.lose_leases:
            self.held.clear()
            raise LeaseLost(409, "the lease expired")
        self.renewed += 1
        _, operations, seconds = self.held[lease_id]
        return Lease(
            id=lease_id,
            job_id="job",
            campaign_id="campaign",
            environment=self.environment,
            operations=operations,
            expires_at="2026-01-01T00:00:00+00:00",
            seconds=seconds,
        )

    def give_back(self, lease_id):
        self._require()
        if lease_id in self.held:
            self.queue.appendleft(self.held.pop(lease_id))

    def report(self, report):
        self._require()
        if self.refuse_reports:
            raise self.refuse_reports
        if report.lease_id is not None and report.lease_id not in self.held:
            raise LeaseLost(409, "the lease expired")
        self.held.pop(report.lease_id, None)
        stored = sum(known.session.id == report.session.id for known in self.reports) == 0
        self.reports.append(report)
        count = len(report.session.measurements)
        return ReportReceipt(
            session_id=report.session.id,
            stored=count if stored else 0,
            duplicates=0 if stored else count,
        )

    def _require(self):
        if self.away:
            raise ServerUnreachable("no server answers")


class LocalMeasurer:
    """Measures the simulated device in this process."""

    def __init__(self, machine, plan):
        self._backend = open_backend("simulated")
        self._machine = machine
        self._plan = plan
        self.on_measure = lambda: None

    def describe(self):
        device = self._backend.device(self._machine)
        return Described(device=device, environment=self._backend.environment)

    def measure(self, environment, operations, on_round):
        assert environment == self._backend.environment
        self.on_measure()
        device = self._backend.device(self._machine)
        return measure(operations, self._backend, device, self._plan, on_round=on_round)


class RememberingDisplay:
    """Keeps what it was told."""

    def __init__(self):
        self.lines = []
        self.steps = 0

    def say(self, text):
        self.lines.append(text)

    def show(self, progress):
        self.steps += 1

    def rest(self, text):
        self.say(text)

    @property
    def text(self):
        return "\n".join(self.lines)


class Clock:
    """A clock that only moves while someone sleeps."""

    def __init__(self):
        self.now_s = 0.0
        self.on_sleep = lambda: None

    def sleep(self, seconds):
        self.now_s += seconds
        self.on_sleep()


@contextmanager
def answering_in_turn(*answers, version="0.0.9"):
    """
    Serve on loopback: the n-th POST gets the n-th answer, those after the last an empty 500.

    An answer is a status and a document; None is to hang up.  The version is told to who asks.
    """
    left = list(answers)

    class Scripted(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            answer = left.pop(0) if left else (500, None)
            if answer is not None:
                self._answer(*answer)

        def do_GET(self):
            known = self.path == "/openapi.json" and version is not None
            self._answer(*((200, {"info": {"version": version}}) if known else (404, None)))

        def _answer(self, status, document):
            body = b"" if document is None else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Scripted) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def loud(threads, meanwhile):
    """Change nothing about the machine."""
    yield ("machine left as it is",)


@pytest.fixture
def measurer(machine, tiny_plan):
    return LocalMeasurer(machine, tiny_plan)


@pytest.fixture
def answering():
    return answering_in_turn


@pytest.fixture
def registered(measurer):
    """Return a server's answer to a registration."""
    described = measurer.describe()
    view = DeviceView(
        device=described.device,
        environments=(described.environment,),
        agent_version="0",
        last_seen="2026-01-01T00:00:00+00:00",
    )
    return 200, view.model_dump(mode="json")


@pytest.fixture
def server(measurer):
    return ServerInMemory(measurer.describe().environment)


@pytest.fixture
def display():
    return RememberingDisplay()


@pytest.fixture
def spool(tmp_path):
    with Spool(tmp_path / "reports.spool") as spool:
        yield spool


@pytest.fixture
def make_report(measurer):
    """Make reports of real (simulated) sessions."""

    def make(**fields):
        environment = measurer.describe().environment
        session = measurer.measure(environment, [OPERATION], lambda _: None)
        return Report(session=session, **fields)

    return make


@pytest.fixture
def operation():
    return OPERATION


@pytest.fixture
def tiny_plan():
    return TINY_PLAN


@pytest.fixture
def make_quiet():
    return loud


@pytest.fixture
def repository():
    return Path(__file__).parents[2]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def agent(server, measurer, spool, display, clock, make_quiet):
    return Agent(
        client=server,
        measurer=measurer,
        described=measurer.describe(),
        spool=spool,
        display=display,
        settings=AgentSettings(poll_s=2.0, idle_s=0.0),
        make_quiet=make_quiet,
        sleep=clock.sleep,
        now_s=lambda: clock.now_s,
    )
