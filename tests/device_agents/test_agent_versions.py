"""An agent at a server of another version, over a real socket: what is permanent ends it."""

import subprocess
import sys
from importlib.metadata import version

import pytest

from device_agents.agent import Agent
from lut_server.client import LutClient
from profiler.errors import ProtocolMismatch

FROM_AN_OLDER_SERVER = {
    "type": "request-invalid",
    "title": "The request is invalid",
    "status": 422,
    "detail": "body.target_error: Extra inputs are not permitted",
    "request_id": "1a83ab5302d8cd1f",
    "errors": [{"where": "body.target_error", "what": "Extra inputs are not permitted"}],
}
"""What this project's server said to this agent before it knew of target errors."""

NOT_UNDERSTOOD = (422, FROM_AN_OLDER_SERVER)


@pytest.fixture
def run_agent(tmp_path):
    """Return a function that has a real agent process do what work there is, once."""
    options = [
        *("--backend", "simulated", "--quiet-seconds", "0", "--poll-seconds", "0.05"),
        *("--health-minutes", "0", "--state-dir", str(tmp_path), "--once"),
    ]

    def run(url):
        return subprocess.run(
            [sys.executable, "-m", "profiler.command", "agent", "--server", url, *options],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_a_server_that_does_not_know_a_field_ends_the_agent_with_both_versions(
    run_agent, answering
):
    with answering(NOT_UNDERSTOOD, version="0.0.9") as url:
        ended = run_agent(url)

    assert ended.returncode == 2
    assert ended.stderr == (
        f"hna: the server at {url} is hna-nas 0.0.9 and does not understand this agent, which is "
        f"hna-nas {version('hna-nas')} (the server answered 422: body.target_error: Extra inputs "
        "are not permitted); upgrade the server to the agent's version\n"
    )
    assert "trying again" not in ended.stdout


def test_what_passes_is_tried_again_until_it_has_passed(run_agent, answering, registered):
    trouble = [
        (503, {"type": "store-failed", "title": "t", "status": 503, "detail": "busy"}),
        (429, {"type": "request-too-often", "title": "t", "status": 429, "detail": "slower"}),
        (422, {"error": "a proxy that has no server behind it yet"}),
        None,
    ]

    with answering(*trouble, registered, (204, None)) as url:
        ended = run_agent(url)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("trying again") == len(trouble)
    assert "stopped: idle for long enough" in ended.stdout


@pytest.fixture
def agent_at(measurer, spool, display, make_quiet, clock):
    """Return a function that makes an agent in this process."""

    def make(client):
        return Agent(
            client=client,
            measurer=measurer,
            described=measurer.describe(),
            spool=spool,
            display=display,
            make_quiet=make_quiet,
            sleep=clock.sleep,
        )

    return make


def test_a_question_for_work_that_is_not_understood_ends_it_too(agent_at, answering, registered):
    with (
        answering(registered, NOT_UNDERSTOOD) as url,
        LutClient(url, attempts=1) as client,
        pytest.raises(ProtocolMismatch, match=r"is hna-nas 0\.0\.9 and does not understand"),
    ):
        agent_at(client).run()


def test_reports_that_wait_are_kept_for_the_upgraded_server(
    agent_at, answering, spool, make_report
):
    spool.put(make_report())

    with (
        answering(NOT_UNDERSTOOD) as url,
        LutClient(url, attempts=1) as client,
        pytest.raises(ProtocolMismatch),
    ):
        agent_at(client).run()

    assert len(spool) == 1


def test_a_server_that_does_not_tell_its_version_is_named_without(agent_at, answering):
    with (
        answering(NOT_UNDERSTOOD, version=None) as url,
        LutClient(url, attempts=1) as client,
        pytest.raises(ProtocolMismatch, match="is hna-nas of an unknown version and"),
    ):
        agent_at(client).run()
