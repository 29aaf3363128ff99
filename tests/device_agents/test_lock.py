"""One agent per device and machine."""

import os
import subprocess
import sys
from uuid import uuid4

import pytest

from device_agents.lock import only_agent, only_agent_of_machine
from profiler.errors import AgentConflict, SpoolFailed

HOLD = """
import sys, time
from pathlib import Path
from device_agents.lock import only_agent

with only_agent(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_agent_is_told_the_pid_of_the_first(tmp_path):
    with (
        only_agent(tmp_path / "agent.lock"),
        pytest.raises(AgentConflict, match=f"pid {os.getpid()}"),
        only_agent(tmp_path / "agent.lock"),
    ):
        pass


def test_a_lock_is_free_after_use(tmp_path):
    with only_agent(tmp_path / "agent.lock"):
        pass

    with only_agent(tmp_path / "agent.lock"):
        assert (tmp_path / "agent.lock").read_text() == str(os.getpid())


def test_a_killed_agent_leaves_no_stale_lock(tmp_path):
    path = tmp_path / "agent.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(AgentConflict, match=f"pid {process.pid}"), only_agent(path):
            pass
        process.kill()

    with only_agent(path):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(SpoolFailed, match="--state-dir"), only_agent(tmp_path / "file" / "lock"):
        pass


HOLD_MACHINE = """
import os, sys, time
from device_agents.lock import only_agent_of_machine

if len(sys.argv) > 2:
    os.setuid(int(sys.argv[2]))
with only_agent_of_machine(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def fingerprint():
    return uuid4().hex


def machine_holder(fingerprint, *user, before=()):
    process = subprocess.Popen(
        [*before, sys.executable, "-c", HOLD_MACHINE, fingerprint, *user],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    return process


def end(process):
    process.kill()
    process.communicate()


def test_a_machine_has_one_agent_of_a_device_wherever_their_state_is(fingerprint):
    process = machine_holder(fingerprint)

    with (
        pytest.raises(AgentConflict, match=f"pid {process.pid}"),
        only_agent_of_machine(fingerprint),
    ):
        pass

    end(process)
    with only_agent_of_machine(fingerprint), only_agent_of_machine(f"{fingerprint}0"):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_agent_of_another_user_is_seen_too(fingerprint):
    process = machine_holder(fingerprint, "65534")

    with (
        pytest.raises(AgentConflict, match=f"pid {process.pid}"),
        only_agent_of_machine(fingerprint),
    ):
        pass

    end(process)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a mount namespace")
def test_an_agent_with_a_file_system_of_its_own_is_seen_too(fingerprint):
    process = machine_holder(fingerprint, before=("unshare", "--mount"))

    with pytest.raises(AgentConflict, match="another agent"), only_agent_of_machine(fingerprint):
        pass

    end(process)
