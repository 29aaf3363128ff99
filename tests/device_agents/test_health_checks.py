"""Health checks of an agent, against a real server in this process and a device that can slow."""

from contextlib import contextmanager
from dataclasses import replace

import pytest

pytest.importorskip("fastapi", reason="the server's extra is not installed")

from starlette.testclient import TestClient

from device_agents.agent import Agent
from device_agents.backoff import Backoff
from device_agents.health import FIRST_PAUSE_S, LONGEST_PAUSE_S
from device_agents.messages import Described
from device_agents.settings import AgentSettings
from lut_server.app import create_app
from lut_server.client import LutClient
from lut_server.settings import Settings
from lut_server.wire import CampaignRequest, DeviceSelection, HealthChange, Registration
from profiler.backends.registry import open_backend
from profiler.errors import BackendFailed, ServerRefused, ServerUnreachable
from profiler.measuring.loop import measure

EVERY_S = 60.0
POLL_S = 20.0


class SlowingMeasurer:
    """Measures the simulated device, whose latencies are *factor* times what they were."""

    def __init__(self, machine, plan):
        self._backend = open_backend("simulated")
        self._device = self._backend.device(machine)
        self._plan = plan
        self.factor = 1.0
        self.passes = 0
        self.fail = None

    def describe(self):
        return Described(device=self._device, environment=self._backend.environment)

    def measure(self, environment, operations, on_round, plan=None):
        self.passes += plan is not None
        if self.fail is not None:
            raise self.fail
        backend = Slowed(self._backend, self.factor)
        return measure(operations, backend, self._device, plan or self._plan, on_round=on_round)


class Slowed:
    """A backend whose latencies are *factor* times as long."""

    def __init__(self, backend, factor):
        self._backend = backend
        self._factor = factor
        self.environment, self.timer = backend.environment, backend.timer

    @contextmanager
    def prepare(self, operation):
        with self._backend.prepare(operation) as prepared:
            yield replace(prepared, execute=lambda n: self._factor * prepared.execute(n))


class Clock:
    """A clock that only moves while someone sleeps, and ends the agent at *end_s*."""

    def __init__(self):
        self.now_s = 0.0
        self.end_s = 0.0

    def sleep(self, seconds):
        self.now_s += seconds
        if self.now_s > self.end_s:
            raise KeyboardInterrupt


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def client(tmp_path):
    with TestClient(create_app(Settings(database=tmp_path / "lut.db"))) as http:
        yield LutClient(http=http)


@pytest.fixture
def slowing(machine, tiny_plan):
    return SlowingMeasurer(machine, replace(tiny_plan, min_rounds=3, max_rounds=3))


@pytest.fixture
def agent(client, slowing, spool, display, clock, make_quiet):
    return Agent(
        client=client,
        measurer=slowing,
        described=slowing.describe(),
        spool=spool,
        display=display,
        settings=AgentSettings(poll_s=POLL_S, health_s=EVERY_S),
        make_quiet=make_quiet,
        backoff=Backoff(1.0),
        sleep=clock.sleep,
        now_s=lambda: clock.now_s,
    )


@pytest.fixture
def live(agent, clock):
    """Let the agent live for some more seconds of its clock."""

    def live(seconds):
        clock.end_s = clock.now_s + seconds
        with pytest.raises(KeyboardInterrupt):
            agent.run()

    return live


@pytest.fixture
def ask(client, slowing, operation):
    """Start a campaign over one operation."""

    def ask(**changes):
        described = slowing.describe()
        return client.start_campaign(
            CampaignRequest(
                name="test",
                devices=DeviceSelection(fingerprints=(described.device.fingerprint,)),
                environment=described.environment,
                operations=(replace(operation, **changes),),
            )
        )

    return ask


def health(client):
    (view,) = client.devices()
    return view.health


def test_a_device_is_checked_before_it_takes_work_and_then_again_and_again(
    client, slowing, live, display, ask
):
    live(EVERY_S - 10)
    assert slowing.passes == 1
    assert "health check: unknown (the first pass" in display.text

    live(EVERY_S / 2)
    assert slowing.passes == 2
    assert health(client) == "good"

    campaign = ask()
    live(10)
    assert client.campaign(campaign.id).finished
    assert slowing.passes == 2


def test_a_device_that_slows_down_is_taken_out_and_comes_back_by_itself(
    client, slowing, live, display, ask
):
    live(7 * EVERY_S)
    slowing.factor = 1.5
    live(EVERY_S)
    campaign = ask()

    live(3 * FIRST_PAUSE_S)
    refused = client.campaign(campaign.id)
    slowing.factor = 1.0
    live(LONGEST_PAUSE_S)

    assert refused.jobs == {"queued": 1}
    assert "suspect" in refused.waiting_for
    assert "1.50 times the usual" in display.text
    assert "this device is suspect and gets no work; checked again in 30 s" in display.text
    assert "gets no work: suspect since" in display.text
    assert health(client) == "good"
    assert client.campaign(campaign.id).finished


def test_a_device_that_stays_slow_is_checked_ever_less_often(slowing, live, display):
    live(7 * EVERY_S)
    slowing.factor = 1.5

    live(4 * LONGEST_PAUSE_S)

    said = [line for line in display.lines if "checked again in" in line]
    assert [line.rpartition("in ")[2] for line in said[:6]] == [
        f"{seconds} s" for seconds in (30, 60, 120, 240, 480, 600)
    ]


def test_a_person_who_clears_a_device_is_obeyed_at_the_next_question_for_work(
    client, slowing, live, ask
):
    live(EVERY_S)
    fingerprint = slowing.describe().device.fingerprint
    client.change_health(fingerprint, HealthChange(health="maintenance", reason="a new fan"))
    campaign = ask()
    live(POLL_S)
    assert client.campaign(campaign.id).jobs == {"queued": 1}

    client.change_health(fingerprint, HealthChange(health="good", reason="it turns"))
    live(10)

    assert client.campaign(campaign.id).finished


def test_a_withheld_device_is_out_of_work_for_an_agent_that_ends_without(
    client, slowing, spool, display, clock, make_quiet
):
    described = slowing.describe()
    agent = Agent(
        client=client,
        measurer=slowing,
        described=described,
        spool=spool,
        display=display,
        settings=AgentSettings(idle_s=0.0, health_s=EVERY_S),
        make_quiet=make_quiet,
        sleep=clock.sleep,
    )
    client.register(
        Registration(
            device=described.device, environments=(described.environment,), agent_version="0"
        )
    )
    change = HealthChange(health="retired", reason="too old")
    client.change_health(described.device.fingerprint, change)

    agent.run()

    assert "this device is retired and gets no work" in display.text


def test_a_pass_the_server_did_not_receive_is_handed_in_later_and_not_measured_again(
    client, slowing, live, monkeypatch, display
):
    receive, tries = client.report_health, iter([ServerUnreachable("no server answers")])

    def report_health(*arguments):
        for error in tries:
            raise error
        return receive(*arguments)

    monkeypatch.setattr(client, "report_health", report_health)

    live(EVERY_S - 10)

    assert "no server answers; trying again" in display.text
    assert slowing.passes == 1
    assert len(client.device_health(slowing.describe().device.fingerprint).checks) == 1


def test_sentinels_that_crash_the_runtime_do_not_end_the_agent(slowing, live, client, display):
    slowing.fail = BackendFailed("the measuring process ended with signal SIGSEGV")

    live(EVERY_S - 10)

    assert "the health check failed: the measuring process ended with signal" in display.text
    assert slowing.passes == 1
    assert health(client) == "unknown"


def test_an_agent_told_not_to_checks_nothing(server, measurer, spool, display, clock, make_quiet):
    server.add_job()
    agent = Agent(
        client=server,
        measurer=measurer,
        described=measurer.describe(),
        spool=spool,
        display=display,
        settings=AgentSettings(idle_s=0.0, health_s=None),
        make_quiet=make_quiet,
        sleep=clock.sleep,
    )

    agent.run()

    assert len(server.reports) == 1
    assert "health check" not in display.text


def test_a_server_without_health_checks_still_gives_work(client, live, ask, display, monkeypatch):
    def refuse(fingerprint, report):
        raise ServerRefused(404, "no such address", {"type": "about:blank"})

    monkeypatch.setattr(client, "report_health", refuse)
    live(POLL_S)
    campaign = ask()

    live(EVERY_S)

    assert client.campaign(campaign.id).finished
    assert "the health check is refused" in display.text
