"""The real server in process, an agent that works when a search sleeps, and a small space."""

from __future__ import annotations

from dataclasses import replace

import pytest

from profiler.backends.registry import open_backend
from profiler.errors import OperationUnsupported
from profiler.measuring.loop import measure
from profiler.measuring.plan import MeasurementPlan
from profiler.space import known_topology, named_space, random_networks
from search.target import Target

PLAN = MeasurementPlan(min_rounds=3, max_rounds=3, max_samples=2, max_warmups=2)


class Agent:
    """Registers a simulated device and does one job each time it is told to."""

    def __init__(self, client, machine, number):
        self.client = client
        self.backend = open_backend("simulated")
        self.device = replace(
            self.backend.device(machine), fingerprint=f"{number}" * 32, name=f"board-{number}"
        )
        self.unsupported = None
        self.sessions = []
        self.paces = []
        """How much slower than usual the coming sessions find the device."""

    @property
    def target(self):
        return Target(device=self.device, environment=self.backend.environment)

    def register(self):
        from lut_server.wire import Registration

        self.client.register(
            Registration(
                device=self.device, environments=(self.backend.environment,), agent_version="0"
            )
        )
        return self

    def lease(self):
        from lut_server.wire import LeaseRequest

        return self.client.lease(
            LeaseRequest(
                fingerprint=self.device.fingerprint,
                environments=(self.backend.environment,),
                agent_id="a",
            )
        )

    def work(self, _seconds=0.0):
        from lut_server.wire import Report

        lease = self.lease()
        if lease is None:
            return
        session = measure(lease.operations, self, self.device, PLAN)
        if self.paces:
            session = slowed(session, self.paces.pop(0))
        self.sessions.append(session)
        self.client.report(Report(job_id=lease.job_id, lease_id=lease.id, session=session))

    @property
    def environment(self):
        return self.backend.environment

    @property
    def timer(self):
        return self.backend.timer

    def prepare(self, operation):
        if operation == self.unsupported:
            raise OperationUnsupported("no kernel for 7x7")
        return self.backend.prepare(operation)


def slowed(session, factor):
    """Return a session of a device that was slower by that factor throughout."""
    return replace(
        session,
        measurements=tuple(
            replace(
                measurement,
                rounds=tuple(
                    replace(part, samples_us=tuple(factor * us for us in part.samples_us))
                    for part in measurement.rounds
                ),
            )
            for measurement in session.measurements
        ),
    )


class Clock:
    """Seconds that pass while somebody sleeps."""

    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s

    def sleep(self, seconds):
        self.now_s += seconds


@pytest.fixture
def client(tmp_path):
    pytest.importorskip("fastapi", reason="the server's extra is not installed")
    from starlette.testclient import TestClient

    from lut_server.app import create_app
    from lut_server.client import LutClient
    from lut_server.settings import Settings

    with TestClient(create_app(Settings(database=tmp_path / "lut.db"))) as http:
        yield LutClient(http=http)


@pytest.fixture
def make_agent(client, machine):
    return lambda number=1: Agent(client, machine, number).register()


@pytest.fixture
def agent(make_agent):
    return make_agent()


@pytest.fixture
def other_model(client, machine):
    """A second device, of another model."""
    other = Agent(client, machine, 7)
    other.device = replace(other.device, model="toaster", name="toaster")
    return other.register()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="session")
def space():
    return named_space(
        "one", "resnet_10", height=32, width=32, candidates=("3x3_ResConv", "5x5_ResConv")
    )


@pytest.fixture(scope="session")
def networks(space):
    return random_networks(space, known_topology("unet"), 6, seed=0)
