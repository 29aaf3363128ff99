"""What is made of a GPU's readings: reasons, and whose processes those are."""

import sys

import pytest

from profiler.errors import InstrumentUnavailable
from profiler.platforms.gpu import (
    INITIAL_PID_NAMESPACE,
    open_gpus,
    other_processes,
    throttle_reasons,
)


def process(tree, number, parent, name="python"):
    return tree.write(f"proc/{number}/stat", f"{number} ({name}) S {parent} 1 1 0\n")


def in_namespace(tree, name):
    (tree.root / "proc/self/ns").mkdir(parents=True)
    (tree.root / "proc/self/ns/pid").symlink_to(name)
    return tree


def on_the_host(tree):
    return in_namespace(tree, INITIAL_PID_NAMESPACE)


def in_a_container(tree):
    return in_namespace(tree, "pid:[4026532281]")


def test_idling_and_settings_are_no_throttling():
    assert throttle_reasons(0x001 | 0x002 | 0x010 | 0x100 | 0x400) == ()


def test_each_reason_that_throttles_has_a_name():
    assert throttle_reasons(0x008 | 0x080) == ("hw_slowdown", "hw_power_brake_slowdown")


def test_this_process_and_its_children_are_not_others(tree):
    process(on_the_host(tree), 100, 1)
    process(tree, 101, 100, name="sh (wrapper) x")
    process(tree, 102, 101, name="trtexec")
    process(tree, 200, 1)

    assert other_processes([100, 102], own=100, root=tree.root) == 0
    assert other_processes([100, 102, 200], own=100, root=tree.root) == 1


def test_nobody_on_the_gpu_is_no_other(tree):
    assert other_processes([], own=100, root=on_the_host(tree).root) == 0


def test_in_a_container_where_nobody_can_be_recognised_nothing_is_known(tree):
    in_a_container(tree)

    assert other_processes([48123], own=7, root=tree.root) is None
    assert other_processes([], own=7, root=tree.root) is None


def test_in_a_container_in_which_the_driver_tells_our_own_number_others_are_known(tree):
    assert other_processes([7, 12], own=7, root=in_a_container(tree).root) == 1


def test_a_driver_that_does_not_tell_is_unread(tree):
    assert other_processes(None, own=7, root=on_the_host(tree).root) is None


def test_a_package_that_is_not_installed_is_one_line_with_the_way_out(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    monkeypatch.delitem(sys.modules, "profiler.platforms.nvml", raising=False)

    with pytest.raises(InstrumentUnavailable, match=r"pip install 'hna-nas\[cuda\]'"):
        open_gpus()
