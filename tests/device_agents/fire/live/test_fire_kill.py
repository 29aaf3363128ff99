"""Agents that are killed: at random moments, and around each request."""

import random
import signal
import threading
import time

import pytest

KILLS = 20
LINES = 14
"""About what an agent says until it has done two jobs."""

REPORT = 3
"""The report's place among an agent's requests: after its registration and a lease."""


def test_nothing_is_lost_or_doubled_by_kills_at_random_moments(
    agents, ledger, tree, changing, until
):
    moments = random.Random(2026)
    agents.register()
    ledger.ask(operations=60)
    spooled, met = set(), set()
    for number in range(KILLS):
        agent, lines = agents.start(log=f"{number}.log", **changing), moments.randint(1, LINES)
        until(lambda agent=agent, n=lines: agent.said.count("\n") >= n, "the agent at work")
        time.sleep(moments.uniform(0.0, 0.02))
        agent.kill()
        spooled |= agents.spooled()
        met.add(tree.governor)

    last = agents.finish(ledger, **changing)

    ledger.require_all_once(spooled)
    assert met >= {"schedutil", "performance"}
    assert tree.governor == "schedutil"
    assert not any((agents.folder / "state" / "journal").iterdir())
    assert "NOT put back" not in last.said


@pytest.mark.parametrize("heard", [False, True], ids=["unheard", "heard"])
@pytest.mark.parametrize("number", range(1, REPORT + 2))
def test_nothing_is_lost_or_doubled_by_a_kill_around_each_request(
    agents, ledger, proxy, tree, changing, number, heard
):
    agents.register()
    ledger.ask(operations=1)
    before, started = len(proxy.seen), threading.Event()

    def kill():
        started.wait()
        agent.signal(signal.SIGKILL)

    def rule(count, method, path):
        if count - before < number:
            return "pass"
        if not heard:
            kill()
        return "swallow" if heard else "refuse"

    proxy.rule, proxy.on_swallowed = rule, kill
    agent = agents.start(**changing)
    started.set()
    agent.wait()
    spooled = agents.spooled()
    assert len(spooled) == (1 if number == REPORT else 0)
    proxy.rule = lambda *_: "pass"

    agents.finish(ledger, **changing)

    ledger.require_all_once(spooled)
    assert tree.governor == "schedutil"
    assert not list((agents.folder / "state").glob("journal/*"))


def test_an_agent_with_other_options_puts_back_what_a_killed_one_left(
    agents, ledger, tree, changing, tmp_path, until
):
    hold = tmp_path / "hold"
    hold.touch()
    killed = agents.start(hold=str(hold), **changing)
    ledger.ask(operations=1)
    until(lambda: "build:" in killed.said, "the agent measuring")
    killed.kill()
    assert tree.governor == "performance"

    nobody = "http://127.0.0.1:9"
    other = agents.start(url=nobody, fingerprint="0" * 32, root=str(tree.root), log="other.log")
    until(lambda: "agent for" in other.said, "the other agent starting")

    assert tree.governor == "schedutil"
    assert f"put back, process {killed.pid} could not" in other.said.splitlines()[0]


def test_what_was_done_for_quiet_is_recorded_in_the_session(agents, ledger, tree, changing):
    agents.register()
    ledger.ask(operations=1)

    agents.finish(ledger, **changing)

    (session,) = ledger.require_all_once()
    assert "governor performance" in session.quiet
    assert session.warnings == ()
