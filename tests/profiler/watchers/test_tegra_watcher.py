"""Whether a Jetson's GPU was slowed down, from the trees of boards."""

import pytest

from profiler.measuring.watchers.tegra import TegraClocks

GPU = "sys/class/devfreq/17000000.gpu"


@pytest.fixture
def nano(jetson):
    return jetson("orin-nano")


def judged(tree, *changes):
    """Judge a round at whose end some files have changed."""
    watcher = TegraClocks(tree.root)
    before = watcher.read()
    for path, text in changes:
        tree.write(path, text)
    return watcher.judge(before, watcher.read())


def test_a_gpu_at_the_clock_of_its_power_mode_is_clean(nano):
    assert judged(nano) == "clean"


def test_an_event_of_the_supply_during_a_round_is_throttling(nano):
    assert judged(nano, ("sys/class/hwmon/hwmon3/oc3_event_cnt", "38")) == "throttled"


def test_events_before_a_round_are_not_of_this_round(nano):
    nano.write("sys/class/hwmon/hwmon3/oc3_event_cnt", "5000")

    assert judged(nano) == "clean"


def test_an_active_alert_is_throttling(nano):
    assert judged(nano, ("sys/class/thermal/cooling_device4/cur_state", "1")) == "throttled"


def test_an_idle_governor_is_not_throttling(nano):
    changes = ((f"{GPU}/cur_freq", "306000000"), (f"{GPU}/device/load", "30"))

    assert judged(nano, *changes) == "clean"


def test_a_gpu_with_work_that_is_slow_at_both_ends_is_throttled(nano):
    once = judged(nano, (f"{GPU}/cur_freq", "306000000"))

    assert once == "clean"  # it may just be on its way up
    assert judged(nano) == "throttled"


def test_a_lower_power_mode_is_no_throttling(nano):
    slower = (f"{GPU}/cur_freq", "306000000"), (f"{GPU}/max_freq", "306000000")

    assert judged(nano, *slower) == "clean"


def test_a_board_without_counters_is_judged_by_its_clock(jetson):
    tree = jetson("nano").write("sys/class/devfreq/57000000.gpu/cur_freq", "307200000")

    assert judged(tree) == "throttled"


def test_a_board_that_tells_nothing_is_unread(tree):
    assert TegraClocks(tree.root).read() is None


def test_a_clock_without_load_is_nothing_to_judge_by(tree):
    tree.write(f"{GPU}/cur_freq", "306000000").write(f"{GPU}/max_freq", "612000000")

    assert TegraClocks(tree.root).read() is None


@pytest.mark.parametrize("board", ["nano", "xavier-nx", "orin-nano", "orin-nx", "agx-orin", "thor"])
def test_every_board_can_be_watched(jetson, board):
    assert judged(jetson(board)) == "clean"
