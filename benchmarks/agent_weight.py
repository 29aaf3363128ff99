"""
What an agent weighs while it waits for work: ``python -m benchmarks.agent_weight``.

A real agent, registered with a real server on loopback, is looked at from outside while it has
nothing to do; a second run of it, which ends because there is no work, says which modules it had
loaded.  The baseline is a process that imports what this project keeps away from agents: torch,
FastAPI and SQLAlchemy.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psutil

from benchmarks.figures import Figure, at_most, report, say
from search.processes import local_agent, local_server

FORBIDDEN = {"torch", "fastapi", "sqlalchemy", "starlette", "uvicorn", "scipy"}
HEAVY = ("torch", "fastapi", "sqlalchemy")
AGENT = (
    "profiler.command",
    "device_agents.agent",
    "device_agents.display",
    "device_agents.measurer",
    "device_agents.quiet",
    "device_agents.start",
    "profiler.platforms.linux",
    "rich.console",
)
"""What ``hna agent`` imports until it waits."""

REST_S = 3.0
"""How long an agent is left alone before it is weighed, in seconds."""

LOOKS = 5
IMPORTS = 5

IMPORT = """
import sys, time
start = time.perf_counter()
for name in sys.argv[1:]:
    __import__(name)
print(time.perf_counter() - start, flush=True)
sys.stdin.readline()
"""

THEN_SAY_WHAT_IS_LOADED = """
import json, sys
from profiler.command import main
status = main(sys.argv[2:])
with open(sys.argv[1], "w") as said:
    json.dump(sorted({name.partition(".")[0] for name in sys.modules}), said)
sys.exit(status)
"""


def run() -> list[Figure]:
    """Weigh an agent and what it is not."""
    with tempfile.TemporaryDirectory() as folder, local_server(Path(folder)) as url:
        memory_mb = _resting_agent_mb(url, Path(folder))
        loaded = _loaded_by_agent(url, Path(folder))
    agent_s, heavy_s, heavy_mb = _imports()
    forbidden, heavy_forbidden = len(loaded & FORBIDDEN), len(_loaded_by(HEAVY) & FORBIDDEN)
    say(f"imports: the agent's {agent_s:.2f} s, torch, FastAPI and SQLAlchemy {heavy_s:.2f} s")
    return [
        at_most("resident_memory", memory_mb, 100, "MB", heavy_mb),
        at_most("forbidden_modules", forbidden, 0, "modules", heavy_forbidden),
        at_most("import_time", agent_s / heavy_s, 0.5, "ratio", 1.0),
    ]


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process, in 10^6 bytes."""
    return float(psutil.Process(pid).memory_info().rss / 1e6)


def _resting_agent_mb(url: str, folder: Path) -> float:
    """Return the largest resident memory an agent without work is seen to have."""
    with local_agent(url, folder):
        agents = [p.pid for p in psutil.Process().children() if "agent" in p.cmdline()]
        (pid,) = agents
        time.sleep(REST_S)
        looks = []
        for _ in range(LOOKS):
            looks.append(resident_mb(pid))
            time.sleep(REST_S / LOOKS)
    return max(looks)


def _loaded_by_agent(url: str, folder: Path) -> set[str]:
    """Return the modules loaded by an agent that registers, finds no work and ends."""
    said = folder / "modules.json"
    agent = ("agent", "--server", url, "--state-dir", str(folder / "agent"), "--once")
    program = (sys.executable, "-c", THEN_SAY_WHAT_IS_LOADED, str(said))
    subprocess.run((*program, *agent), check=True, stdout=subprocess.DEVNULL)
    return set(json.loads(said.read_text()))


def _loaded_by(modules: Sequence[str]) -> set[str]:
    """Return the top-level modules that importing *modules* loads."""
    look = f"import sys, {', '.join(modules)}; print(*{{n.partition('.')[0] for n in sys.modules}})"
    done = subprocess.run(
        (sys.executable, "-c", look), check=True, stdout=subprocess.PIPE, text=True
    )
    return set(done.stdout.split())


def _imports() -> tuple[float, float, float]:
    """Return median seconds of the agent's imports and of the others', and memory of these."""
    agent_s, heavy_s, heavy_mb = [], [], []
    for _ in range(IMPORTS):
        with _imported(AGENT) as (taken_s, _):
            agent_s.append(taken_s)
        with _imported(HEAVY) as (taken_s, memory_mb):
            heavy_s.append(taken_s)
            heavy_mb.append(memory_mb)
    return median(agent_s), median(heavy_s), median(heavy_mb)


@contextmanager
def _imported(modules: Sequence[str]) -> Iterator[tuple[float, float]]:
    """Yield seconds and MB of a new process that has imported *modules* and rests."""
    with subprocess.Popen(
        (sys.executable, "-c", IMPORT, *modules),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        taken_s = float(process.stdout.readline())
        yield taken_s, resident_mb(process.pid)
        process.stdin.close()


if __name__ == "__main__":
    report(run)
