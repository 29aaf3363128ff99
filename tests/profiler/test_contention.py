"""What the kernel's counters say about a sample."""

from __future__ import annotations

from pathlib import Path

from profiler.measuring.contention import ContentionMeter


def stat(folder: Path, user: int, steal: int) -> Path:
    path = folder / "stat"
    path.write_text(f"cpu  {user} 0 0 1000 0 0 0 {steal} 0 0\ncpu0 1 2 3\n")
    return path


def test_stolen_time_makes_a_visit_contended(tmp_path):
    meter = ContentionMeter(stat(tmp_path, user=100, steal=5))
    before = meter.read()

    stat(tmp_path, user=100, steal=9)

    assert meter.visit_state(before) == "contended"


def test_no_stolen_time_is_clean(tmp_path):
    meter = ContentionMeter(stat(tmp_path, user=100, steal=5))
    before = meter.read()

    assert meter.visit_state(before) == "clean"


def test_counters_that_cannot_be_read_are_unverified(tmp_path):
    meter = ContentionMeter(tmp_path / "absent")

    assert meter.visit_state(meter.read()) == "unverified"
    assert meter.others(meter.read()) is None


def test_time_others_used_is_what_the_machine_was_busy_beyond_this_process(tmp_path):
    meter = ContentionMeter(stat(tmp_path, user=100, steal=0))
    before = meter.read()
    while meter.read().wall - before.wall < 0.05:
        pass

    stat(tmp_path, user=200, steal=0)  # 100 ticks of 10 ms in about 50 ms

    assert meter.others(before) > 5
