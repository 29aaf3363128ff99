"""What an agent weighs while it waits for work: measured on a real process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FORBIDDEN = {"torch", "fastapi", "sqlalchemy", "starlette", "uvicorn", "scipy"}
ONLY_FOR_A_JOB = {"onnx", "onnxruntime"}
MOST_BYTES = 100 * 10**6

IDLE_AGENT = """
import sys, threading
from profiler.command import main
from device_agents import agent

def tell_when_waiting(self, error):
    print(" ".join({name.partition(".")[0] for name in sys.modules}), flush=True)
    sys.stdin.readline()
    raise KeyboardInterrupt

agent.Agent._wait_after = tell_when_waiting
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(params=["simulated", "onnxruntime"])
def idle_agent(request, tmp_path):
    """An agent that waits for a server, stopped where it would sleep."""
    arguments = ["agent", "--server", "http://127.0.0.1:9", "--backend", request.param]
    with subprocess.Popen(
        [sys.executable, "-c", IDLE_AGENT, *arguments, "--share-device", "--state-dir", tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.stdin.close()


def loaded(process):
    lines = iter(process.stdout.readline, "")
    return next(set(line.split()) for line in lines if "sys" in line.split())


def resident_bytes(pid):
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_an_idle_agent_has_loaded_neither_tensors_nor_a_web_framework(idle_agent):
    modules = loaded(idle_agent)

    assert "device_agents" in modules
    assert not modules & FORBIDDEN
    assert not modules & ONLY_FOR_A_JOB


def test_an_idle_agent_fits_into_100_megabytes(idle_agent):
    loaded(idle_agent)

    assert resident_bytes(idle_agent.pid) <= MOST_BYTES
