"""One agent per device and machine."""

import os
import subprocess
import sys

import pytest

from device_agents.lock import only_agent
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
