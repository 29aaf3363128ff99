"""
New boards and a server that asks everybody for a token.

Server and boards are processes of their own; only the devices are simulated.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager, redirect_stdout
from importlib.metadata import version

import pytest

from lut_server.client import LutClient
from lut_server.credentials import TOKEN, TOKEN_FILE
from profiler.command import main
from profiler.space import known_topology, named_space, random_networks, space_operations
from search.processes import local_server

pytest.importorskip("fastapi", reason="the server's extra is not installed")

CANDIDATES = ("3x3_MBConv2", "3x3_ResConv")
SIZES = {"channels": "one", "backbone": "resnet_10", "height": 32, "width": 32}
NETWORKS, HANDFUL = 2, 8
TEACHER, LEARNER, ENROLLED, INTERRUPTED, REFUSED = 1, 2, 3, 4, 5
"""Threads of the boards; each simulated device is so many times as fast."""

WAIT_S = 120.0
LEASE_S = 5.0


def wanted():
    space = named_space(**SIZES, candidates=CANDIDATES)
    topology = known_topology("unet")
    return (
        *space_operations(space, topology),
        *random_networks(space, topology, NETWORKS, 0),
    )


def until(condition, what):
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen within {WAIT_S} s"
        time.sleep(0.01)


class ClosedLab:
    """A server behind tokens, its database, and boards beside it."""

    def __init__(self, folder):
        self.folder = folder
        self.url = ""
        self.reader = None

    def token(self, *words):
        """Type ``hna token`` on the server's machine; return what it prints."""
        out = io.StringIO()
        with redirect_stdout(out):
            assert main(["token", *words, "--database", str(self.folder / "lut.db")]) == 0
        return out.getvalue().strip()

    def token_file(self, scope):
        """Make a token and the file that holds it, as docs/server.md says."""
        path = self.folder / f"{scope}.token"
        path.touch(mode=0o600)
        path.write_text(self.token("create", "--scope", scope, "--name", scope))
        return path

    @contextmanager
    def onboarding(self, threads, *options, token_file=None):
        """Start ``hna onboard`` on a board whose environment names that file, or none."""
        sizes = [f"--{name}={value}" for name, value in SIZES.items()]
        command = [
            *(sys.executable, "-m", "profiler.command", "onboard", "--server", self.url),
            *("--backend", "simulated", "--threads", str(threads), f"--option=seed={threads}"),
            *("--plan", "quick", "--quiet-seconds", "0", "--poll-seconds", "0.1"),
            *("--state-dir", str(self.folder / f"board-{threads}")),
            *("--space", "paper", "--topology", "unet", f"--networks={NETWORKS}", *sizes),
            *(f"--candidate={name}" for name in CANDIDATES),
            *("--handful", str(HANDFUL), "--json", *options),
        ]
        named = {} if token_file is None else {TOKEN_FILE: str(token_file)}
        board = {name: os.environ[name] for name in os.environ if name not in (TOKEN, TOKEN_FILE)}
        log = self.folder / f"board-{threads}.log"
        with (
            log.open("w") as said,
            subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=said, env=board | named, text=True
            ) as process,
        ):
            try:
                yield process, log
            finally:
                process.kill()

    def onboard(self, threads, *options, token_file=None):
        """Run it; return what came out."""
        with self.onboarding(threads, *options, token_file=token_file) as (process, log):
            out, _ = process.communicate(timeout=WAIT_S)
        assert process.returncode == 0, log.read_text()
        return json.loads(out)

    def refusal(self, threads, *options, token_file=None):
        """Run it where it is refused; return what it says."""
        with self.onboarding(threads, *options, token_file=token_file) as (process, log):
            out, _ = process.communicate(timeout=WAIT_S)
        assert (process.returncode, out) == (2, "")
        return log.read_text()


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    lab = ClosedLab(tmp_path_factory.mktemp("closed"))
    reader = lab.token("create", "--scope", "read", "--name", "somebody")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HNA_SERVER_REQUIRE_TOKENS", "true")
        patch.setenv("HNA_SERVER_LEASE_SECONDS", str(LEASE_S))
        with local_server(lab.folder) as lab.url, LutClient(lab.url, token=reader) as lab.reader:
            yield lab


@pytest.fixture(scope="module")
def agent_file(lab):
    return lab.token_file("agent")


@pytest.fixture(scope="module")
def teacher(lab, agent_file):
    """Return what a board found that measured everything."""
    return lab.onboard(TEACHER, "--then-measure", token_file=agent_file)


def test_an_agents_token_is_enough_to_be_onboarded_and_to_measure_the_rest(lab, teacher):
    table = lab.reader.table(teacher["table"])

    assert teacher["stage"] == "finished"
    assert set(teacher["rows"]) == {"measured"}
    assert table.missing(wanted()) == ()


def test_a_board_with_an_agents_token_is_taught_by_the_table_of_another(lab, teacher, agent_file):
    learner = lab.onboard(LEARNER, token_file=agent_file)

    table = lab.reader.table(learner["table"], allow=("transferred", "predicted"))
    assert learner["taught_by"] == [teacher["table"]]
    assert learner["rows"]["transferred"] > 0
    assert learner["networks"]["networks"] > 0
    assert table.missing(wanted()) == ()


def test_a_board_that_enrols_by_a_code_is_onboarded_and_needs_it_once(lab, teacher):
    code = lab.token("enrol", "--name", "board")

    first = lab.onboard(ENROLLED, "--enrol", code)
    again = lab.onboard(ENROLLED)

    assert first["onboarded"]
    assert again["before"]
    assert again["rows"] == first["rows"]


def test_a_token_replaced_while_a_board_is_onboarded_costs_nothing(lab, teacher):
    mine = lab.folder / "replaced.token"
    mine.touch(mode=0o600)
    mine.write_text(lab.token("create", "--scope", "agent", "--name", "replaced"))
    with LutClient(lab.url, token=mine.read_text()) as client:
        held = client.my_token().id

    with lab.onboarding(INTERRUPTED, token_file=mine) as (process, log):
        until(lambda: "job " in log.read_text() or process.poll() is not None, "a job")
        lab.token("revoke", held)
        until(lambda: "trying again" in log.read_text() or process.poll() is not None, "a refusal")
        mine.write_text(lab.token("create", "--scope", "agent", "--name", "replaced"))
        out, _ = process.communicate(timeout=WAIT_S)

    assert process.returncode == 0, log.read_text()
    assert "put a good one of scope agent into the file" in log.read_text()
    assert json.loads(out)["onboarded"]


def test_an_agents_token_is_enough_to_ask_which_version_the_server_is(lab, agent_file):
    with LutClient(lab.url, token=agent_file.read_text()) as client:
        assert client.server_version() == version("hna-nas")


def test_a_token_that_may_only_read_onboards_nobody_and_is_told_which_scope_it_takes(lab):
    said = lab.refusal(REFUSED, token_file=lab.token_file("read"))

    assert said.count("\n") == 1
    assert "has scope read, this request needs agent; use a token of that scope" in said


def test_a_board_without_a_token_is_told_where_to_put_one(lab):
    said = lab.refusal(REFUSED)

    assert said.count("\n") == 1
    assert "answers requests with a token only; set HNA_TOKEN_FILE or HNA_TOKEN" in said
