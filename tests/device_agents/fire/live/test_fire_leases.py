"""Leases that are lost while measuring, and two agents that take themselves for one device."""

import signal

NOBODY = "http://127.0.0.1:9"


def test_a_lease_lost_to_another_agent_leaves_both_measurements_and_no_doubles(
    agents, ledger, tmp_path, until
):
    hold = tmp_path / "hold"
    hold.touch()
    slow = agents.start(log="slow.log", hold=str(hold))
    ledger.ask(operations=1)
    until(lambda: "build:" in slow.said, "the slow agent measuring")

    agents.finish(ledger, state="other")  # it waits for the lease to run out, as it is not renewed
    assert len(ledger.require_all_once()) == 1
    hold.unlink()
    until(lambda: "reported: 2 measurements" in slow.said, "the slow agent reporting")

    assert len(ledger.require_all_once()) == 2
    slow.signal(signal.SIGTERM)
    slow.wait()
    assert "0 reports wait" in slow.said.splitlines()[-1]


def test_a_lease_is_kept_for_as_long_as_the_measuring_takes(agents, ledger, tmp_path, until):
    hold = tmp_path / "hold"
    hold.touch()
    agent = agents.start(hold=str(hold), renewing=True, idle_s=1.5)
    ledger.ask(operations=1)
    until(lambda: "build:" in agent.said, "the agent measuring")
    other = agents.start(state="other", log="other.log", idle_s=2.0)
    other.wait()  # well over two leases

    hold.unlink()
    agent.wait()

    assert len(ledger.require_all_once()) == 1
    assert "job" not in other.said.replace("jobs", "")


def test_two_agents_of_one_device_that_cannot_see_each_other_get_different_jobs(agents, ledger):
    agents.register()
    ledger.ask(operations=20, per_job=2)

    pair = [agents.start(state=name, log=f"{name}.log", idle_s=1.0) for name in ("one", "two")]
    for agent in pair:
        agent.wait()

    assert 20 <= len(ledger.require_all_once()) < 30
    assert all("reported: 2 measurements stored" in agent.said for agent in pair)


def test_sigterm_while_measuring_returns_the_lease_and_puts_the_machine_back(
    agents, ledger, tree, changing, tmp_path, until
):
    hold = tmp_path / "hold"
    hold.touch()
    agent = agents.start(hold=str(hold), **changing)
    ledger.ask(operations=1)
    until(lambda: "build:" in agent.said, "the agent measuring")
    assert tree.governor == "performance"

    agent.signal(signal.SIGTERM)
    agent.wait()

    assert tree.governor == "schedutil"
    assert "the lease is returned" in agent.said
    assert ledger.campaign.jobs == {"queued": 1}
    hold.unlink()
    agents.finish(ledger)
    ledger.require_all_once()


def test_a_second_agent_with_another_state_folder_is_refused_and_names_the_first(agents, until):
    first = agents.start(real=True, url=NOBODY)
    until(lambda: "agent for" in first.said, "the first agent starting")

    second = agents.start(real=True, url=NOBODY, state="other", log="second.log")
    second.wait()

    assert f"another agent (pid {first.pid}) already measures this device" in second.said
    assert "or start this one with --share-device" in second.said
    beside = agents.start(real=True, url=NOBODY, state="beside", log="beside.log", share=True)
    until(lambda: "agent for" in beside.said, "the agent beside it starting")
    first.kill()
    third = agents.start(real=True, url=NOBODY, state="other", log="third.log")
    until(lambda: "agent for" in third.said, "the third agent starting")
