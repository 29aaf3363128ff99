"""Connections that are refused, cut and delayed."""

import random

import pytest


@pytest.fixture
def asked(agents, ledger):
    """A campaign of three jobs, and nobody at work on it."""
    agents.register()
    return ledger.ask(operations=6, per_job=4)


def once(action, path):
    """Return a rule that does *action* to the first request for *path*."""
    left = [action]
    return lambda _, __, seen: left.pop() if seen == path and left else "pass"


def test_a_report_the_server_never_heard_is_sent_again(agents, ledger, proxy, asked):
    proxy.rule = once("refuse", "/v1/reports")

    agent = agents.finish(ledger)

    assert len(ledger.require_all_once()) >= 3
    assert "trying again" in agent.said
    assert "known already" not in agent.said


@pytest.mark.parametrize("action", ["swallow", "bite"])
def test_a_report_whose_answer_is_cut_is_sent_again_and_counted_once(
    agents, ledger, proxy, asked, action
):
    proxy.rule = once(action, "/v1/reports")

    agent = agents.finish(ledger)

    assert len(ledger.require_all_once()) >= 3
    assert proxy.reported() >= 4
    assert "reported: 0 measurements stored, 4 known already" in agent.said


def test_a_lease_nobody_heard_of_runs_out_and_is_given_again(agents, ledger, proxy, asked):
    proxy.rule = once("swallow", "/v1/leases")

    agents.finish(ledger)

    assert len(ledger.require_all_once()) >= 3


def test_a_server_that_is_slow_to_answer_is_waited_for(agents, ledger, proxy, asked):
    proxy.rule = once(1.0, "/v1/reports")

    agent = agents.finish(ledger)

    assert len(ledger.require_all_once()) >= 3
    assert "trying again" not in agent.said


def test_what_is_measured_while_nobody_answers_waits_on_disk_for_the_next_start(
    agents, ledger, proxy, asked, until
):
    proxy.rule = lambda _, __, path: "pass" if path != "/v1/reports" else "refuse"
    agent = agents.start()
    until(lambda: proxy.reported() >= 3, "the agent trying again")
    agent.kill()
    spooled = agents.spooled()
    assert spooled

    proxy.rule = lambda *_: "pass"
    agents.finish(ledger)

    ledger.require_all_once(spooled)


@pytest.mark.parametrize("seed", range(2))
def test_a_storm_loses_and_doubles_nothing(agents, ledger, proxy, asked, seed):
    weather = random.Random(seed)
    actions = ("refuse", "swallow", "bite", 0.05, "pass", "pass")

    def rule(number, method, path):
        return weather.choice(actions) if number < 30 else "pass"

    proxy.rule = rule

    agents.finish(ledger)

    ledger.require_all_once()
