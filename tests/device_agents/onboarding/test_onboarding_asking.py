"""Asking a server to onboard a device, and servers that do not do it: one line each."""

from importlib.metadata import version

import pytest

from device_agents.agent import Agent
from device_agents.onboarding.asking import ask
from device_agents.onboarding.wanted import Wanted
from device_agents.start import Opened
from lut_server.client import LutClient
from profiler.command import main
from profiler.errors import HnaError


def problem(status, kind, detail):
    return status, {"type": kind, "title": kind, "status": status, "detail": detail}


@pytest.fixture
def ask_server(measurer, spool, display, make_quiet, answering):
    """Return what asking a server that answers so raises, as a person reads it."""

    def ask_it(*answers):
        described = measurer.describe()
        with answering(*answers) as url, LutClient(url, attempts=1) as client:
            agent = Agent(
                client=client,
                measurer=measurer,
                described=described,
                spool=spool,
                display=display,
                make_quiet=make_quiet,
            )
            opened = Opened(agent=agent, client=client, described=described)
            with pytest.raises(HnaError) as refused:
                ask(opened, Wanted().request(described))
        return str(refused.value).replace(url, "URL")

    return ask_it


HERE = version("hna-nas")
NOT_UNDERSTOOD = (
    "the server at URL is hna-nas 0.0.9 and does not understand this agent, which is hna-nas "
    f"{HERE} (the server answered 422: body.x: Extra inputs are not permitted); upgrade the server "
    "to the agent's version"
)


def test_a_server_that_does_not_know_the_registration_is_named_with_its_version(ask_server):
    refusal = problem(422, "request-invalid", "body.x: Extra inputs are not permitted")

    assert ask_server(refusal) == NOT_UNDERSTOOD


def test_a_server_that_does_not_know_what_is_wanted_is_named_likewise(ask_server, registered):
    refusal = problem(422, "request-invalid", "body.x: Extra inputs are not permitted")

    assert ask_server(registered, refusal) == NOT_UNDERSTOOD


def test_a_server_that_does_not_know_the_address_is_named_as_older(ask_server, registered):
    assert ask_server(registered, problem(404, "about:blank", "Not Found")) == (
        "the server at URL is hna-nas 0.0.9, of a version that onboards nobody; install hna-nas "
        f"{HERE} there, or have hna campaign start measure everything"
    )


def test_a_device_the_server_does_not_know_is_not_called_an_older_server(ask_server, registered):
    refusal = problem(404, "device-unknown", "no device has this fingerprint")

    assert ask_server(registered, refusal).endswith("404: no device has this fingerprint")


def test_a_server_of_another_protocol_says_so_itself(ask_server):
    refusal = problem(409, "protocol-mismatch", "the agent speaks protocol 1, this server 2")

    assert ask_server(refusal).endswith("409: the agent speaks protocol 1, this server 2")


def test_a_token_the_server_does_not_take_is_what_the_server_says_of_it(ask_server):
    refusal = problem(401, "token-invalid", "this token opens nothing here; make one")

    assert ask_server(refusal).endswith("401: this token opens nothing here; make one")


def test_a_space_the_server_does_not_know_is_what_it_says_of_it(ask_server, registered):
    refusal = problem(422, "refused", "unknown configuration 'x'; known are paper, extended")

    assert ask_server(registered, refusal).endswith("known are paper, extended")


def test_no_server_is_one_line(tmp_path, capsys):
    arguments = ["onboard", "--server", "http://127.0.0.1:9", "--backend", "simulated"]

    status = main([*arguments, "--state-dir", str(tmp_path)])

    said = capsys.readouterr()
    assert status == 2
    assert said.err.count("\n") == 1
    assert "no server answers at http://127.0.0.1:9" in said.err
    assert said.out == ""


def test_without_a_server_the_way_to_name_one_is_said(capsys, monkeypatch):
    monkeypatch.delenv("HNA_SERVER", raising=False)

    assert main(["onboard"]) == 2

    assert "name it with --server or in the variable HNA_SERVER" in capsys.readouterr().err


def test_a_target_that_is_none_is_one_line(capsys):
    assert main(["onboard", "--server", "http://127.0.0.1:9", "--target-error", "0%"]) == 2

    said = capsys.readouterr().err
    assert said == "hna: '0%' is not between 0 % and 100 %; give a share such as 5% or 0.05\n"
