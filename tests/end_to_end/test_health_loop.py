"""A server process, and an agent whose device slows down, is taken out, and comes back."""

import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest

pytest.importorskip("fastapi", reason="the server's extra is not installed")

from device_agents.agent import Agent
from device_agents.messages import Described
from device_agents.settings import AgentSettings
from device_agents.spool import Spool
from lut_server.client import LutClient
from lut_server.wire import CampaignRequest, DeviceSelection
from profiler.backends.registry import open_backend
from profiler.measurement import Round
from profiler.measuring.loop import measure
from profiler.measuring.plan import MeasurementPlan
from profiler.operations import ResidualConv, border_of
from profiler.platforms.linux import identify
from search.processes import local_server

PLAN = MeasurementPlan(min_rounds=3, max_rounds=3, max_samples=2)
OPERATION = ResidualConv(channels_in=8, channels_out=8, height=16, width=16)
FASTER = 200.0
"""How fast the agent's clock runs: its pauses of minutes pass in moments."""

WAIT_S = 30.0


class Device:
    """A simulated device that can be slowed down, and whose neighbours can be loud."""

    def __init__(self):
        self._backend = open_backend("simulated")
        self._device = self._backend.device(identify())
        self.environment, self.timer = self._backend.environment, self._backend.timer
        self.factor = 1.0
        self.loud_jobs = 0

    def describe(self):
        return Described(device=self._device, environment=self.environment)

    @contextmanager
    def prepare(self, operation):
        factor = self.factor
        with self._backend.prepare(operation) as prepared:
            yield replace(prepared, execute=lambda times: factor * prepared.execute(times))

    def measure(self, environment, operations, on_round, plan=None):
        session = measure(operations, self, self._device, plan or PLAN, on_round=on_round)
        if plan is not None or not self.loud_jobs:
            return session
        self.loud_jobs -= 1
        return replace(session, measurements=tuple(map(disturbed, session.measurements)))


def disturbed(measurement):
    if measurement.operation != OPERATION:
        return measurement
    rounds = (Round(samples_us=p.samples_us, state="contended") for p in measurement.rounds)
    return replace(measurement, rounds=tuple(rounds))


class Log:
    """A display that remembers."""

    def __init__(self):
        self.lines = []

    def say(self, text):
        self.lines.append(text)

    def show(self, progress):
        """Nobody watches."""

    def rest(self, text):
        if text not in self.lines[-1:]:
            self.lines.append(text)


@contextmanager
def loud(threads, meanwhile):
    yield ()


@contextmanager
def working(url, device, folder, log):
    """Run an agent in a thread until the context is left."""
    over = threading.Event()

    def sleep(seconds):
        if over.wait(seconds / FASTER):
            raise KeyboardInterrupt

    def live():
        with LutClient(url) as client, Spool(folder / "spool") as spool:
            agent = Agent(
                client=client,
                measurer=device,
                described=device.describe(),
                spool=spool,
                display=log,
                settings=AgentSettings(poll_s=5.0, health_s=10.0),
                make_quiet=loud,
                sleep=sleep,
                now_s=lambda: FASTER * time.monotonic(),
            )
            with pytest.raises(KeyboardInterrupt):
                agent.run()

    thread = threading.Thread(target=live)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def until(condition, what):
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not happen within {WAIT_S} s")


@pytest.fixture
def url(tmp_path, monkeypatch):
    monkeypatch.setenv("HNA_SERVER_SUSPECT_PAUSE_S", "0.2")
    with local_server(tmp_path) as url:
        yield url


@pytest.fixture
def client(url):
    with LutClient(url) as client:
        yield client


@pytest.fixture
def device():
    return Device()


@pytest.fixture
def log(url, device, tmp_path):
    log = Log()
    with working(url, device, tmp_path, log):
        yield log


@pytest.fixture
def ask(client, device):
    """Start a campaign over an operation."""

    def ask(operation=OPERATION):
        described = device.describe()
        return client.start_campaign(
            CampaignRequest(
                name="test",
                devices=DeviceSelection(fingerprints=(described.device.fingerprint,)),
                environment=described.environment,
                operations=(operation,),
            )
        )

    return ask


@pytest.fixture
def history(client, device, log):
    """Return the device's health once it was checked so often."""

    def history(passes):
        fingerprint = device.describe().device.fingerprint
        until(client.devices, "an agent registering")
        return until(
            lambda: (
                view if len((view := client.device_health(fingerprint)).checks) >= passes else None
            ),
            f"{passes} health checks",
        )

    return history


def test_a_device_that_slows_down_is_taken_out_and_comes_back_after_a_later_pass(
    client, device, log, ask, history
):
    assert history(8).health == "good"
    device.factor = 1.6
    until(lambda: client.devices()[0].health == "suspect", "the device becoming suspect")
    campaign = ask()
    waiting = until(lambda: client.campaign(campaign.id).waiting_for, "the campaign waiting")
    until(lambda: any("gets no work" in line for line in log.lines), "the agent saying so")
    assert client.campaign(campaign.id).jobs == {"queued": 1}

    device.factor = 1.0

    until(lambda: client.campaign(campaign.id).finished, "the campaign finishing")
    assert "1.60 times the usual" in waiting
    assert client.devices()[0].health == "good"
    assert client.campaign(campaign.id).suspect == 0


def test_an_operation_others_disturbed_is_measured_again_and_ends_measured(
    client, device, ask, history
):
    device.loud_jobs = 1
    history(1)
    campaign = ask()

    until(lambda: client.campaign(campaign.id).finished, "the campaign finishing")

    table = client.table(campaign.tables[0])
    sessions = [{m.operation for m in s.measurements} for s in client.sessions(table.name)]
    assert sessions == [{border_of(OPERATION), OPERATION}] * 2
    assert client.campaign(campaign.id).suspect == 0
    assert {entry.value_kind for entry in table.entries} == {"measured"}


def test_an_operation_always_disturbed_ends_suspect_and_the_campaign_ends(
    client, device, ask, history
):
    device.loud_jobs = 10
    history(1)
    campaign = ask()

    until(lambda: client.campaign(campaign.id).finished, "the campaign finishing")

    (entry,) = (e for e in client.table(campaign.tables[0]).entries if e.operation == OPERATION)
    assert entry.value_kind == "suspect"
    assert client.campaign(campaign.id).suspect == 1
    assert device.loud_jobs == 7
