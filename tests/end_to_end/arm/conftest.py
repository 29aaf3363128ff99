"""
An emulated ARM machine, and a server beside it.

The machine is downloaded with ``HNA_ARM=1``, once; where it is already there it is used, and
everything is skipped otherwise.  See docs/arm.md.
"""

from __future__ import annotations

import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from lut_server.client import LutClient
from lut_server.wire import CampaignRequest, DeviceSelection
from profiler.operations import InvertedConv, ResidualConv
from search.processes import local_server

WAIT_S = 240.0
LEASE_S = 6.0


class ArmMachine:
    """Runs programs as aarch64 processes."""

    def __init__(self, root, project, home):
        self.root = root
        self.project = project
        self.home = home

    def python(self, *arguments):
        """Run Python to its end and return what it printed."""
        done = subprocess.run(
            self._command(*arguments), capture_output=True, text=True, timeout=WAIT_S, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def agent(self, url, log, *options):
        """Run ``hna agent`` as a process, and end it."""
        hna = str(self.project / "bin" / "hna")
        quick = ("--plan", "quick", "--quiet-seconds", "0", "--poll-seconds", "0.5")
        quick += ("--health-minutes", "0")  # minutes of work, for one that is emulated
        command = self._command(hna, "agent", "--server", url, *quick, *options)
        with log.open("ab") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
            try:
                yield process
            finally:
                process.kill()

    def _command(self, *arguments):
        return self.root.command(arguments, home=self.home, project=self.project)


class House:
    """A server, its client, and one emulated device beside which an agent runs."""

    lease_s = LEASE_S

    def __init__(self, url, client, arm, agent, log):
        self.url = url
        self.client = client
        self.arm = arm
        self.agent = agent
        self.log = log
        (self.view,) = self.until(client.devices, "the agent registering")

    def campaign(self, operations):
        """Ask the emulated device for *operations*."""
        return self.client.start_campaign(
            CampaignRequest(
                name="arm",
                devices=DeviceSelection(fingerprints=(self.view.device.fingerprint,)),
                environment=self.view.environments[0],
                operations=operations,
            )
        )

    def until(self, condition, what):
        """Return the first true answer of *condition*."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            if found := condition():
                return found
            time.sleep(0.05)
        raise AssertionError(f"{what} did not happen within {WAIT_S} s: {self.log.read_text()}")


@pytest.fixture(scope="session")
def operations():
    """Small ones: the processor is hundreds of times slower.  The server adds their border."""
    shape = {"channels_in": 8, "channels_out": 8, "height": 16, "width": 16}
    return (ResidualConv(**shape), InvertedConv(**shape, expansion=2))


@pytest.fixture(scope="session")
def arm(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parent))
        import root as builder
    try:
        root = builder.arm_root()
    except builder.ArmAbsentError as missing:
        pytest.skip(str(missing))
    project = tmp_path_factory.mktemp("project")
    builder.install_project(project)
    return ArmMachine(root, project, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def house(arm, tmp_path_factory):
    """A live server and an emulated agent, registered there and waiting for work."""
    pytest.importorskip("fastapi", reason="the server's extra is not installed")
    folder = tmp_path_factory.mktemp("house")
    log = folder / "agent.log"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HNA_SERVER_LEASE_SECONDS", str(LEASE_S))
        # Tests run on a machine that is not quiet: what was disturbed is enough for them.
        patch.setenv("HNA_SERVER_SUSPECT_PAUSE_S", "3600")
        with (
            local_server(folder) as url,
            LutClient(url) as client,
            arm.agent(url, log) as agent,
        ):
            yield House(url, client, arm, agent, log)


@pytest.fixture(scope="session")
def measured(house, operations):
    """The campaign of all operations, measured by the emulated agent."""
    campaign = house.campaign(operations)
    house.until(lambda: reported(house, campaign), "the agent measuring all")
    return house.client.campaign(campaign.id)


def reported(house, campaign):
    """Return whether something was reported for each operation of *campaign*."""
    view = house.client.campaign(campaign.id)
    return view.measured + view.gaps == view.requested - view.already_measured
