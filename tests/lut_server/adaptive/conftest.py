"""A server that thinks only when a test lets it, and a board that measures by a law."""

from dataclasses import replace

import pytest

from lut_server.adaptive.service import Adaptive
from lut_server.settings import Settings
from lut_server.wire import DeviceSelection, LeaseRequest, OnboardingRequest, Report
from profiler.operations import Operation, operation_key


class Board:
    """One device whose latencies follow a law, times how slow it is."""

    def __init__(self, client, bench, name="f00d", model="bench-2-cores", slowness=1.0):
        self._client = client
        self._bench = bench
        self.device = replace(bench.device, fingerprint=name, name=name, model=model)
        self.slowness = slowness
        self.gaps = set()

    def register(self, **changes):
        self._bench.device = self.device
        return self._client.register(self._bench.registration(**changes))

    def latency_us(self, operation: Operation) -> float:
        border_us = 4.0 * self.slowness
        channels = getattr(operation, "channels_in", 0)
        return border_us if not channels else border_us + self.law_us(channels)

    def law_us(self, channels):
        return self.slowness * (3.0 + 0.002 * channels**2)

    def lease(self):
        return self._client.lease(
            LeaseRequest(
                fingerprint=self.device.fingerprint,
                environments=(self._bench.environment,),
                agent_id="agent",
            )
        )

    def report(self, lease):
        self._bench.device = self.device
        run = [each for each in lease.operations if operation_key(each) not in self.gaps]
        gaps = [each for each in lease.operations if operation_key(each) in self.gaps]
        session = self._bench.session({each: self.latency_us(each) for each in run}, gaps=gaps)
        return self._client.report(Report(job_id=lease.job_id, lease_id=lease.id, session=session))

    def work(self):
        """Measure what there is; return how many jobs that were."""
        jobs = 0
        while (lease := self.lease()) is not None:
            self.report(lease)
            jobs += 1
        return jobs


@pytest.fixture
def settings(place):
    return Settings(database=place, lease_seconds=60.0, think_every_s=0)


@pytest.fixture
def board(client, bench):
    board = Board(client, bench)
    board.register()
    return board


@pytest.fixture
def other_board(client, bench):
    """A board of another model, registered when it is first used."""
    return Board(client, bench, name="beef", model="other-board", slowness=2.0)


@pytest.fixture
def thinking(http, clock):
    server = http.app.state.server
    return Adaptive(server.database, server.shelf, clock)


@pytest.fixture
def wanted(bench):
    return [bench.operation(channels) for channels in range(8, 136, 4)]


@pytest.fixture
def start(client, bench, wanted):
    """Start a campaign on the board, or one of another name."""

    def start(operations=None, fingerprint="f00d", **changes):
        devices = DeviceSelection(fingerprints=(fingerprint,))
        request = bench.campaign(operations or wanted, devices=devices, **changes)
        return client.start_campaign(request)

    return start


@pytest.fixture
def onboarding(bench, wanted):
    def request(**changes):
        fields = {"name": "new", "environment": bench.environment, "operations": tuple(wanted)}
        return OnboardingRequest(**(fields | changes))

    return request


@pytest.fixture
def finish(client, thinking):
    """Let the server think and a board measure until a campaign is finished."""

    def finish(campaign_id, board, most=60):
        for _ in range(most):
            thinking.decide_all()
            board.work()
            view = client.campaign(campaign_id)
            if view.finished:
                return view
        raise AssertionError(f"not finished after {most} steps: {view}")

    return finish
