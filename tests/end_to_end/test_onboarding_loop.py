"""
Three devices are measured fully, a fourth measures a handful and gets a whole table.

Everything is real but the devices: they are simulated, so what each row should say is known.
"""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager, redirect_stdout

import pytest
from rich.console import Console

from device_agents.display import LineDisplay
from device_agents.messages import Described
from device_agents.quiet import QuietSettings
from device_agents.settings import AgentSettings
from device_agents.start import opened_agent
from lut_server.client import LutClient
from lut_server.wire import CampaignRequest, DeviceSelection, SpaceSelection
from profiler.backends.registry import open_backend
from profiler.backends.simulated import roofline_us
from profiler.command import main
from profiler.measuring.loop import measure
from profiler.measuring.plan import MeasurementPlan
from profiler.operations import Network, border_of, operation_graph, operation_key, probe_graph
from profiler.platforms.here import this_machine
from profiler.space import known_topology, named_space, random_networks, space_operations
from search.processes import local_server

pytest.importorskip("fastapi", reason="the server's extra is not installed")

CANDIDATES = ("3x3_MBConv2", "3x3_GroupConv4", "7x7_ResConv", "3x3_SpaConv")
SIZES = {"channels": "one", "backbone": "resnet_10", "height": 32, "width": 32}
NETWORKS = 4
HANDFUL = 12
TEACHERS = (1, 2, 3)
"""Threads of the devices that teach; the simulated device is so many times as fast."""

LEARNER, KILLED, ALONE = 5, 7, 9
LEASE_S = 5.0


def truth_us(operation, threads):
    """Return what a row should say, by the formula of the simulated device."""
    border = border_of(operation)
    border_us = 0.0 if border is None else roofline_us(operation_graph(border))
    return (roofline_us(probe_graph(operation)) - border_us) / threads


def wanted():
    space = named_space(**SIZES, candidates=CANDIDATES)
    topology = known_topology("unet")
    networks = random_networks(space, topology, NETWORKS, 0)
    return (*space_operations(space, topology), *networks)


class LocalMeasurer:
    """Measures a simulated device in this process, which saves starting another for each job."""

    def __init__(self, threads):
        self._backend = open_backend("simulated", threads=threads, seed=threads)
        self._device = self._backend.device(this_machine())

    def describe(self):
        return Described(device=self._device, environment=self._backend.environment)

    def measure(self, environment, operations, on_round, plan=None):
        plan = plan or MeasurementPlan.quick()
        return measure(operations, self._backend, self._device, plan, on_round=on_round)


class Lab:
    """A server and simulated devices beside it."""

    def __init__(self, url, client, folder):
        self.url = url
        self.client = client
        self.folder = folder

    @contextmanager
    def agent(self, threads, target_error=None):
        """Open the agent of a device in this process; it ends once there is no work."""
        settings = AgentSettings(
            poll_s=0.1,
            idle_s=0.0,
            quiet=QuietSettings(wait_s=0.0),
            target_error=target_error,
        )
        with (self.folder / "agents.log").open("a") as log:
            display = LineDisplay(Console(file=log))
            folder = self.folder / f"device-{threads}"
            with opened_agent(
                self.url, LocalMeasurer(threads), settings, folder, display
            ) as opened:
                yield opened

    def campaign(self, described):
        """Have all that is wanted measured on a device that is registered."""
        return self.client.start_campaign(
            CampaignRequest(
                name="everything",
                devices=DeviceSelection(fingerprints=(described.device.fingerprint,)),
                environment=described.environment,
                space=SpaceSelection(
                    **SIZES, candidates=CANDIDATES, topology="unet", networks=NETWORKS
                ),
            )
        )

    def measure_fully(self, threads):
        """Have a device measured by a campaign; return the name of its table."""
        with self.agent(threads) as opened:
            opened.agent.register()
            campaign = self.campaign(opened.described)
            opened.run(lambda: self.client.campaign(campaign.id).finished)
            return campaign.tables[0]

    def words(self, threads, *options):
        """Return what a person types to onboard a device."""
        sizes = [f"--{name}={value}" for name, value in SIZES.items()]
        candidates = [f"--candidate={name}" for name in CANDIDATES]
        return [
            *("onboard", "--server", self.url),
            *("--backend", "simulated", "--threads", str(threads), f"--option=seed={threads}"),
            *("--plan", "quick"),
            *("--quiet-seconds", "0", "--poll-seconds", "0.1", "--health-minutes", "0"),
            *("--state-dir", str(self.folder / f"device-{threads}")),
            *("--space", "paper", "--topology", "unet", f"--networks={NETWORKS}"),
            *sizes,
            *candidates,
            *("--handful", str(HANDFUL), "--json", *options),
        ]

    def onboard(self, threads, *options):
        """Type it; return what came out."""
        out = io.StringIO()
        with redirect_stdout(out):
            status = main(self.words(threads, *options))
        assert status == 0
        return json.loads(out.getvalue())

    def table(self, name):
        return self.client.table(name, allow=("transferred", "predicted"))


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HNA_SERVER_LEASE_SECONDS", str(LEASE_S))
        patch.setenv("HNA_SERVER_SUSPECT_PAUSE_S", "0")
        with local_server(folder) as url, LutClient(url) as client:
            yield Lab(url, client, folder)


@pytest.fixture(scope="module")
def alone(lab):
    """Return what the first device of all found: nobody is there to teach it."""
    return lab.onboard(ALONE)


@pytest.fixture(scope="module")
def teachers(lab, alone):
    return [lab.measure_fully(threads) for threads in TEACHERS]


@pytest.fixture(scope="module")
def learner(lab, teachers):
    return lab.onboard(LEARNER)


def test_a_handful_makes_a_whole_table(lab, learner):
    table = lab.table(learner["table"])

    kinds = Counter(table.by_key[operation_key(each)].value_kind for each in wanted())
    assert table.missing(wanted()) == ()
    assert kinds["measured"] <= HANDFUL + NETWORKS
    assert kinds["transferred"] == len(wanted()) - kinds["measured"]
    assert learner["onboarded"]
    assert learner["rows"]["transferred"] >= kinds["transferred"]


def test_transferred_rows_say_what_is_true_of_this_device(lab, learner):
    rows = [row for row in lab.table(learner["table"]).entries if row.value_kind == "transferred"]
    parts = [row for row in rows if not isinstance(row.operation, Network)]

    off = sorted(abs(row.latency_us / truth_us(row.operation, LEARNER) - 1) for row in parts)
    assert len(parts) > 20
    assert off[len(off) // 2] < 0.02
    assert off[int(0.9 * len(off))] < 0.05
    assert off[-1] < 0.15


def test_it_names_who_taught_and_how_far_networks_were_off(learner, teachers):
    assert set(teachers) <= set(learner["taught_by"])
    assert learner["networks"]["networks"] >= 1
    assert learner["networks"]["worst"] < 0.2


def test_a_second_run_measures_nothing_and_says_what_the_table_holds(lab, learner):
    sessions = len(lab.client.sessions(learner["table"]))

    again = lab.onboard(LEARNER)

    assert again["before"]
    assert again["rows"] == learner["rows"]
    assert len(lab.client.sessions(learner["table"])) == sessions


def test_as_the_agent_goes_on_rows_turn_measured(lab, learner):
    with lab.agent(LEARNER) as opened:
        opened.run(lambda: lab.client.campaign(learner["campaign_id"]).finished)

    table = lab.table(learner["table"])
    kinds = {table.by_key[operation_key(each)].value_kind for each in wanted()}
    assert kinds == {"measured"}


def test_the_first_device_of_a_lab_has_no_teacher_and_predicts_from_its_own_rows(alone):
    assert alone["onboarded"]
    assert alone["taught_by"] == []
    assert "transferred" not in alone["rows"]
    assert alone["rows"]["measured"] > 0


def test_killed_in_the_middle_and_run_again_nothing_is_lost_or_doubled(lab, teachers):
    before = {view.id for view in lab.client.campaigns()}
    process = subprocess.Popen(
        [sys.executable, "-m", "profiler.command", *lab.words(KILLED)], stdout=subprocess.PIPE
    )
    deadline = time.monotonic() + 60

    def leased():
        return [
            view.id
            for view in lab.client.campaigns()
            if view.id not in before and view.jobs.get("leased")
        ]

    while not leased():
        assert time.monotonic() < deadline, "it took no job"
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()

    found = lab.onboard(KILLED)

    campaigns = [view.id for view in lab.client.campaigns() if view.id not in before]
    assert campaigns == [found["campaign_id"]]
    sessions = lab.client.sessions(found["table"])
    measured = Counter(
        operation_key(measurement.operation)
        for session in sessions
        for measurement in session.measurements
        if border_of(measurement.operation) is not None
    )
    assert not found["before"]
    assert set(measured.values()) == {1}
    assert lab.table(found["table"]).missing(wanted()) == ()


def test_staying_on_measures_everything_that_is_left(lab, alone):
    found = lab.onboard(ALONE, "--then-measure")

    assert found["before"]
    assert found["stage"] == "finished"
    assert set(found["rows"]) == {"measured"}


def test_a_campaign_without_an_error_of_its_own_takes_the_one_the_agent_registered(lab):
    with lab.agent(13, target_error=0.2) as opened:
        opened.agent.register()
        campaign = lab.campaign(opened.described)
        lab.client.change_campaign(campaign.id, "cancelled")
    with lab.agent(13) as opened:
        opened.agent.register()
        plain = lab.campaign(opened.described)
        lab.client.change_campaign(plain.id, "cancelled")

    assert campaign.targets[0].adaptive.target_error == 0.2
    assert plain.targets[0].adaptive is None
