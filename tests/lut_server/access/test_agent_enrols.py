"""An agent that is given a code: once, for a token of its own in a file only it can read."""

import subprocess
import sys
import time
from contextlib import closing

import httpx2
import pytest

from device_agents.enrolment import enrol_agent, token_path
from lut_server.clock import utc_now
from lut_server.database import open_database
from lut_server.enrolment.repository import EnrolmentRepository
from lut_server.enrolment.service import EnrolmentService
from lut_server.tokens.repository import TokenRepository
from lut_server.tokens.service import TokenService
from lut_server.wire import EnrolmentRequest
from profiler.errors import LutError, ServerRefused, ServerUnreachable, SpoolFailed


@pytest.fixture
def said():
    return []


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server process for all tests here that has an administrator: its address, its database."""
    folder = tmp_path_factory.mktemp("served")
    ready, database = folder / "ready", folder / "lut.db"
    arguments = ["--port", "0", "--database", str(database), "--ready-file", str(ready)]
    process = subprocess.Popen(
        [sys.executable, "-m", "profiler.command", "serve", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not ready.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    yield ready.read_text().strip(), database
    process.kill()
    process.wait()


@pytest.fixture
def url(served):
    return served[0]


@pytest.fixture
def state_dir(tmp_path, monkeypatch):
    monkeypatch.delenv("HNA_TOKEN", raising=False)
    monkeypatch.delenv("HNA_TOKEN_FILE", raising=False)
    return tmp_path / "state"


@pytest.fixture
def beside(served):
    """Return a function that does something beside the database of the server."""

    def act(do):
        with closing(open_database(served[1], 5.0)) as database, database.writing() as session:
            tokens = TokenService(TokenRepository(session), utc_now)
            return do(tokens, EnrolmentService(EnrolmentRepository(session), tokens, utc_now))

    return act


@pytest.fixture
def code(url, beside):
    """A code for one board, on a server that has an administrator, and has noticed it."""

    def make(tokens, enrolments):
        if not tokens.any():
            tokens.create("ada", "admin")
        return enrolments.create(EnrolmentRequest(name="board-7")).code

    made = beside(make)
    deadline = time.monotonic() + 10
    while httpx2.get(f"{url}/v1/tables").status_code == 200 and time.monotonic() < deadline:
        time.sleep(0.05)
    return made


def status(url, path):
    headers = {"authorization": f"Bearer {path.read_text().strip()}"}
    return httpx2.get(f"{url}/v1/tables", headers=headers).status_code


def test_a_code_becomes_a_file_that_only_the_agent_can_read(url, code, state_dir, said):
    enrol_agent(url, code, state_dir, said.append)

    path = token_path(state_dir, url)
    assert path.stat().st_mode & 0o777 == 0o600
    assert status(url, path) == 200
    assert [file.name for file in state_dir.iterdir()] == [path.name]
    assert "as board-7" in said[0]
    assert path.read_text().strip() not in said[0]


def test_the_same_command_again_finds_the_token_and_leaves_the_code_alone(
    url, code, state_dir, said
):
    enrol_agent(url, code, state_dir, said.append)
    kept = token_path(state_dir, url).read_text()

    enrol_agent(url, code, state_dir, said.append)

    assert "the code was not used" in said[1]
    assert token_path(state_dir, url).read_text() == kept


def test_an_agent_whose_token_was_revoked_enrols_anew_with_a_new_code(
    url, code, state_dir, said, beside
):
    enrol_agent(url, code, state_dir, said.append)
    beside(lambda tokens, _: [tokens.revoke(each.id) for each in tokens.all() if each.enrolment_id])
    another = beside(lambda _, made: made.create(EnrolmentRequest(name="board-7")).code)

    enrol_agent(url, another, state_dir, said.append)

    assert status(url, token_path(state_dir, url)) == 200


def test_a_code_that_opens_nothing_leaves_nothing_behind(url, code, state_dir, said):
    with pytest.raises(ServerRefused, match=r"this code opens nothing here.*hna token enrol"):
        enrol_agent(url, "0000-0000-0000", state_dir, said.append)

    assert list(state_dir.iterdir()) == []


def test_a_code_is_not_used_up_where_its_token_could_not_be_kept(
    url, code, state_dir, said, tmp_path
):
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(SpoolFailed, match="--state-dir"):
        enrol_agent(url, code, tmp_path / "file", said.append)
    enrol_agent(url, code, state_dir, said.append)

    assert status(url, token_path(state_dir, url)) == 200


def test_the_environment_goes_before_what_enrolling_made(url, code, state_dir, said, monkeypatch):
    enrol_agent(url, code, state_dir, said.append)
    monkeypatch.setenv("HNA_TOKEN", "hna_of-somebody-else")

    with pytest.raises(ServerRefused, match="opens nothing"):
        enrol_agent(url, code, state_dir, said.append)


def test_a_server_that_asks_for_nothing_leaves_the_code_alone(process, state_dir, said):
    enrol_agent(process[1].read_text().strip(), "0000-0000-0000", state_dir, said.append)

    assert "lets this agent in already" in said[0]


def test_a_token_is_never_shown_to_another_server(tmp_path):
    paths = {
        token_path(tmp_path, server).name
        for server in (
            "http://lut.example:8765",
            "http://lut.example",
            "https://lut.example",
            "http://other.example:8765",
            "http://[::1]:8765",
            "http://[::2]:8765",
        )
    }

    assert len(paths) == 6
    assert not any("/" in name or ":" in name for name in paths)


def test_nobody_there_is_said_in_one_line(state_dir, said):
    with pytest.raises(ServerUnreachable):
        enrol_agent("http://127.0.0.1:9", "0000-0000-0000", state_dir, said.append)
    with pytest.raises(LutError, match="no address of a server"):
        enrol_agent("http://127.0.0.1:none", "0000-0000-0000", state_dir, said.append)
