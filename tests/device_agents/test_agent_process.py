"""Real agents and real servers as processes on loopback: what crashes and absences do."""

import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from lut_server.client import LutClient
from lut_server.wire import CampaignRequest, DeviceSelection
from profiler.operations import ResidualConv

pytest.importorskip("fastapi", reason="the server's extra is not installed")

HNA = (sys.executable, "-m", "profiler.command")
WAIT_S = 40.0
LEASE_S = 3.0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, what):
    """Return the first true answer of *condition*."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {WAIT_S} s")


class House:
    """Starts processes in one folder and ends those that are left."""

    def __init__(self, folder):
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        self.processes = []

    def start(self, log, *arguments, **environment):
        path = self.folder / log
        with path.open("a") as out:
            process = subprocess.Popen(
                [*HNA, *arguments],
                stdout=out,
                stderr=subprocess.STDOUT,
                env=os.environ | environment,
            )
        self.processes.append(process)
        return process

    def serve(self):
        ready = self.folder / "ready"
        process = self.start(
            "server.log",
            "serve",
            *("--port", self.url.rpartition(":")[2]),
            *("--database", str(self.folder / "lut.db"), "--ready-file", str(ready)),
            HNA_SERVER_LEASE_SECONDS=str(LEASE_S),
        )
        until(ready.exists, "the server listening")
        return process

    def agent(self, *arguments, state="state", log="agent.log"):
        return self.start(
            log,
            "agent",
            *("--server", self.url, "--backend", "simulated", "--plan", "quick"),
            *("--quiet-seconds", "0"),
            *("--poll-seconds", "0.1", "--state-dir", str(self.folder / state), *arguments),
        )

    def said(self, text, log="agent.log"):
        path = self.folder / log
        return path.exists() and text in path.read_text()

    def stop(self, process):
        process.terminate()
        return process.wait(WAIT_S)

    def campaign(self, client, operations):
        (view,) = until(client.devices, "an agent registering")
        return client.start_campaign(
            CampaignRequest(
                name="test",
                devices=DeviceSelection(fingerprints=(view.device.fingerprint,)),
                environment=view.environments[0],
                operations=operations,
            )
        )


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path)
    yield house
    for process in house.processes:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture
def client(house):
    with LutClient(house.url) as client:
        yield client


@pytest.fixture
def operations():
    return tuple(
        ResidualConv(channels_in=8, channels_out=8, height=size, width=size) for size in (8, 16)
    )


@pytest.fixture
def many_operations():
    """Enough of them that an agent can be caught measuring."""
    return tuple(
        ResidualConv(channels_in=8, channels_out=8, height=size, width=size)
        for size in range(2, 2002)
    )


def test_an_agent_started_before_its_server_does_the_work_when_it_comes(house, client, operations):
    agent = house.agent("--idle-seconds", "1.5")
    until(lambda: house.said("trying again"), "the agent noticing")
    house.serve()
    campaign = house.campaign(client, operations)

    assert agent.wait(WAIT_S) == 0
    after = client.campaign(campaign.id)
    assert after.finished
    assert after.measured >= len(operations)


def test_ctrl_c_returns_the_lease_and_says_so(house, client, many_operations):
    house.serve()
    agent = house.agent()
    campaign = house.campaign(client, many_operations)
    # A health check warms up, too; and the server says leased before its answer has arrived.
    until(lambda: house.said("job "), "the agent taking the job")

    agent.send_signal(signal.SIGINT)

    assert agent.wait(WAIT_S) == 0
    jobs = client.campaign(campaign.id).jobs
    assert jobs.get("leased", 0) == 0
    assert jobs.get("queued", 0) >= 1
    assert house.said("the lease is returned")
    assert house.said("stopped: told to stop")


def test_the_job_of_a_killed_agent_is_done_by_the_next(house, client, many_operations):
    house.serve()
    agent = house.agent()
    campaign = house.campaign(client, many_operations[:200])
    until(lambda: house.said("warm up:"), "the agent measuring")
    (measuring,) = psutil.Process(agent.pid).children()
    agent.kill()
    agent.wait()
    until(lambda: not measuring.is_running(), "the measuring process ending")

    house.agent("--idle-seconds", str(LEASE_S + 2), log="next.log")

    until(lambda: client.campaign(campaign.id).finished, "the next agent finishing")
    assert client.campaign(campaign.id).measured >= 200


def test_a_server_that_goes_away_and_comes_back_loses_nothing(house, client, operations):
    server = house.serve()
    agent = house.agent()
    until(client.devices, "an agent registering")
    house.stop(server)
    until(lambda: house.said("trying again"), "the agent noticing")
    house.serve()

    campaign = house.campaign(client, operations)

    until(lambda: client.campaign(campaign.id).finished, "the agent finishing")
    assert house.stop(agent) == 0


def test_a_second_agent_of_one_device_is_refused_and_names_the_first(house):
    first = house.agent()
    until(lambda: house.said("agent for"), "the first agent starting")

    second = house.agent(log="second.log")

    assert second.wait(WAIT_S) == 2
    assert house.said(f"another agent (pid {first.pid})", log="second.log")


def test_a_backend_that_does_not_exist_ends_the_agent_with_its_name(house):
    agent = house.agent("--backend", "abacus")

    assert agent.wait(WAIT_S) == 2
    assert house.said("no backend is called 'abacus'; there are")
