"""Who else used the processor, from counters a test writes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from profiler.measuring.watchers.processor import OtherProcesses, RunDelay, Steal, Used, other_cores

ONE_CORE = sorted(os.sched_getaffinity(0))[:1]


def stat(root: Path, busy: int = 0, steal: int = 0) -> None:
    cores = "".join(f"cpu{core} {busy} 0 0 0 0 0 0 0 0 0\n" for core in range(os.cpu_count() or 1))
    (root / "proc").mkdir(exist_ok=True)
    (root / "proc/stat").write_text(f"cpu  {busy} 0 0 1000 0 0 0 {steal} 0 0\n{cores}")


def delay(root: Path, waited_ns: int) -> None:
    (root / "proc/thread-self").mkdir(parents=True, exist_ok=True)
    (root / "proc/thread-self/schedstat").write_text(f"123456 {waited_ns} 7\n")


def test_a_hundredth_stolen_is_contended(tmp_path):
    stat(tmp_path, steal=5)
    before = Steal(tmp_path).read()

    stat(tmp_path, steal=9)  # 40 ms within a moment
    after = Steal(tmp_path).read()

    assert Steal(tmp_path).judge(before, after) == "contended"


def test_nothing_stolen_is_clean(tmp_path):
    stat(tmp_path, steal=5)
    watcher = Steal(tmp_path)

    assert watcher.judge(watcher.read(), watcher.read()) == "clean"


def test_waiting_for_a_core_is_contended(tmp_path):
    delay(tmp_path, 1_000)
    watcher = RunDelay(tmp_path)
    before = watcher.read()

    delay(tmp_path, 1_000 + 50_000_000)

    assert watcher.judge(before, watcher.read()) == "contended"


def test_running_whenever_one_could_is_clean(tmp_path):
    delay(tmp_path, 1_000)
    watcher = RunDelay(tmp_path)

    assert watcher.judge(watcher.read(), watcher.read()) == "clean"


def test_others_are_what_the_own_cores_did_beyond_this_process(tmp_path):
    stat(tmp_path, busy=100)
    watcher = OtherProcesses(tmp_path)
    before = watcher.read()
    time.sleep(0.05)

    stat(tmp_path, busy=200)  # 100 ticks of 10 ms in about 50 ms
    after = watcher.read()

    assert other_cores(before, after) > 5
    assert watcher.judge(before, after) == "contended"


def test_a_tick_more_or_less_in_a_short_round_is_no_contention():
    watcher = OtherProcesses()

    short = watcher.judge(Used(at_s=0.0, seconds=5.00), Used(at_s=0.012, seconds=5.01))
    long = watcher.judge(Used(at_s=0.0, seconds=5.00), Used(at_s=1.0, seconds=5.30))

    assert (short, long) == ("clean", "contended")


def test_a_neighbour_on_another_core_is_no_contention_for_this_one(tmp_path):
    if (os.cpu_count() or 1) < 2:
        pytest.skip("this machine has one core")
    stat(tmp_path)
    allowed = os.sched_getaffinity(0)
    watcher = OtherProcesses(tmp_path)
    try:
        os.sched_setaffinity(0, ONE_CORE)
        before = watcher.read()
        lines = (tmp_path / "proc/stat").read_text().splitlines(keepends=True)
        busy = [
            line
            if line.startswith((f"cpu{ONE_CORE[0]} ", "cpu "))
            else line.replace(" 0 ", " 500 ", 1)
            for line in lines
        ]
        (tmp_path / "proc/stat").write_text("".join(busy))
        after = watcher.read()
    finally:
        os.sched_setaffinity(0, allowed)

    assert watcher.judge(before, after) == "clean"


@pytest.mark.parametrize("watcher", [Steal, RunDelay, OtherProcesses])
def test_what_is_not_there_is_unread(tmp_path, watcher):
    assert watcher(tmp_path).read() is None


@pytest.mark.parametrize("watcher", [Steal, RunDelay, OtherProcesses])
def test_this_machine_can_be_read(watcher):
    if watcher(Path("/")).read() is None:
        pytest.skip(f"{watcher.watches} cannot be read here")

    assert watcher().judge(watcher().read(), watcher().read()) in ("clean", "contended")
