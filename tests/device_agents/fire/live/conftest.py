"""Agents to be killed, and a ledger of what arrived."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from uuid import uuid4

import pytest

from lut_server.client import LutClient
from lut_server.wire import CampaignRequest, DeviceSelection
from profiler.device import table_name
from profiler.operations import ResidualConv, operation_key

NURSERY = Path(__file__).with_name("nursery.py")


class Nursery:
    """The program that starts agents."""

    def __init__(self, **environment):
        self._process = subprocess.Popen(
            [sys.executable, str(NURSERY)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | environment,
        )
        assert self._process.stdout.readline() == "ready\n"

    def start(self, options):
        self._process.stdin.write(json.dumps(options) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


class Agents:
    """The agents of one device, each a process that can be killed."""

    def __init__(self, nursery, folder, fingerprint, url, until):
        self.folder = folder
        self._until = until
        self._nursery = nursery
        self._always = {"fingerprint": fingerprint, "url": url}
        self._started = []

    def start(self, log="agent.log", state="state", **options):
        path = self.folder / log
        pid = self._nursery.start(
            {"state": str(self.folder / state), "log": str(path), **self._always, **options}
        )
        self._started.append(AgentProcess(pid, path, self._until))
        return self._started[-1]

    def register(self):
        """Run an agent that finds no work."""
        self.start(idle_s=0.0, log="first.log").wait()

    def finish(self, ledger, **options):
        """Run an agent until all is done, and see that nothing was in its way."""
        agent = self.start(log="last.log", **options)
        self._until(
            lambda: agent.said.endswith("no work; waiting\n") and ledger.campaign.finished,
            "the campaign ending",
        )
        agent.signal(signal.SIGTERM)
        agent.wait()
        assert "stopped: told to stop; 0 reports wait" in agent.said
        assert "Error" not in agent.said
        return agent

    def spooled(self, state="state"):
        """Return the sessions that wait on disk."""
        (path,) = (self.folder / state).glob("*.spool")
        with contextlib.closing(sqlite3.connect(path)) as base:
            return {row[0] for row in base.execute("SELECT session_id FROM report")}

    def end(self):
        for agent in self._started:
            agent.kill()


class AgentProcess:
    """An agent of the nursery."""

    def __init__(self, pid, log, until):
        self.pid = pid
        self._until = until
        self._log = log
        self._descriptor = self._opened()

    def _opened(self):
        """Return what names the process even after its number went to another, or None."""
        try:
            return os.pidfd_open(self.pid)
        except ProcessLookupError:  # it ended before anybody could look: a refusal is quick
            return None

    @property
    def said(self):
        return self._log.read_text() if self._log.exists() else ""

    def signal(self, number):
        if self.lives:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.wait()

    def wait(self):
        self._until(lambda: not self.lives, f"the end of agent {self.pid}")

    @property
    def lives(self):
        if self._descriptor is None:
            return False
        try:
            signal.pidfd_send_signal(self._descriptor, 0)
        except ProcessLookupError:
            return False
        return True


@pytest.fixture
def fingerprint():
    return uuid4().hex


@pytest.fixture(scope="session")
def start_nursery():
    return Nursery


@pytest.fixture(scope="session")
def nursery():
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture
def agents(nursery, tmp_path, fingerprint, proxy, until):
    agents = Agents(nursery, tmp_path, fingerprint, proxy.url, until)
    yield agents
    agents.end()


class Ledger:
    """What the server knows of one device."""

    def __init__(self, client, fingerprint, until):
        self.client = client
        self._until = until
        self._fingerprint = fingerprint
        self._campaign = None

    def ask(self, operations, per_job=2):
        """Start a campaign of that many operations; each has a border of its own, too."""
        view = self._until(self._view, "the agent registering")
        request = CampaignRequest(
            name="fire",
            devices=DeviceSelection(fingerprints=(self._fingerprint,)),
            environment=view.environments[0],
            operations=[
                ResidualConv(channels_in=8, channels_out=8, height=size, width=size)
                for size in range(2, operations + 2)
            ],
            operations_per_job=per_job,
            remeasure=True,  # all simulated devices share a table
        )
        self._campaign = self.client.start_campaign(request)
        return self._campaign

    @property
    def campaign(self):
        return self.client.campaign(self._campaign.id)

    @property
    def sessions(self):
        view = self._view()
        sessions = self.client.sessions(table_name(view.device.model, view.environments[0]))
        return [one for one in sessions if one.device.fingerprint == self._fingerprint]

    def require_all_once(self, spooled=()):
        """Check that nothing is lost and nothing is there twice."""
        campaign, sessions = self.campaign, self.sessions
        assert campaign.finished
        assert campaign.measured == campaign.requested
        assert campaign.jobs == {"done": sum(campaign.jobs.values())}
        assert len({session.id for session in sessions}) == len(sessions)
        measurements = [m for session in sessions for m in session.measurements]
        assert len({m.id for m in measurements}) == len(measurements)
        for session in sessions:
            per_key = Counter(operation_key(m.operation) for m in session.measurements)
            assert set(per_key.values()) == {1}
        assert set(spooled) <= {session.id for session in sessions}
        return sessions

    def _view(self):
        views = self.client.devices()
        return next((v for v in views if v.device.fingerprint == self._fingerprint), None)


@pytest.fixture
def people_token():
    """Nothing: the server is open to people."""


@pytest.fixture
def ledger(server_url, fingerprint, people_token, until):
    with LutClient(server_url, token=people_token) as client:
        yield Ledger(client, fingerprint, until)


class Tree:
    """A machine of text files with one policy."""

    def __init__(self, root):
        self.root = root
        self._policy = root / "sys/devices/system/cpu/cpufreq/policy0"
        self._policy.mkdir(parents=True)
        (self._policy / "scaling_governor").write_text("schedutil")

    @property
    def governor(self):
        return (self._policy / "scaling_governor").read_text()


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path / "root")


@pytest.fixture
def changing(tree):
    """Options of an agent that changes its machine."""
    return {"governor": "performance", "root": str(tree.root)}
