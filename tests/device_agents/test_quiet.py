"""Making the machine quiet, and putting everything back."""

import os

import pytest

from device_agents.quiet import NOT_QUIET, least_busy_core, quiet


class Others:
    """A contention meter that is fed with numbers."""

    def __init__(self, *others):
        self._others = list(others)

    def read(self):
        return None

    def others(self, before):
        return self._others.pop(0)


def no_sleep(seconds):
    pass


def state():
    return os.sched_getaffinity(0), os.getpriority(os.PRIO_PROCESS, 0)


def test_a_single_thread_is_pinned_to_one_core_while_it_lasts():
    with quiet(1, sleep=no_sleep, meter=Others(0.0)) as notes:
        pinned = os.sched_getaffinity(0)

    assert len(pinned) == 1
    assert notes[0] == f"pinned to core {min(pinned)}"


def test_several_threads_are_not_pinned():
    before = os.sched_getaffinity(0)

    with quiet(2, sleep=no_sleep, meter=Others(0.0)) as notes:
        assert os.sched_getaffinity(0) == before

    assert notes[0].startswith("not pinned: 2 threads")


def test_everything_is_put_back_after_an_error():
    before = state()

    with pytest.raises(ValueError, match="measuring failed"), quiet(1, meter=Others(0.0)):
        raise ValueError("measuring failed")

    assert state() == before


def test_a_priority_that_is_not_permitted_is_said_and_not_fatal(monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refuse)

    with quiet(1, sleep=no_sleep, meter=Others(0.0)) as notes:
        assert "priority unchanged: not permitted" in notes


def test_contention_is_waited_for_until_it_passes():
    with quiet(1, sleep=no_sleep, meter=Others(1.5, 1.2, 0.1)) as notes:
        assert notes[-1] == "quiet after 0.75 s"


def test_waiting_is_bounded_and_the_note_says_who_is_left():
    with quiet(1, wait_s=0.5, sleep=no_sleep, meter=Others(1.5, 1.25)) as notes:
        assert notes[-1] == f"{NOT_QUIET}: others keep 1.25 cores busy after 0.50 s"


def test_a_lease_can_be_kept_alive_while_waiting():
    calls = []

    with quiet(1, lambda: calls.append(1), sleep=no_sleep, meter=Others(1.5, 1.5, 0.0)):
        assert len(calls) == 3


def test_a_kernel_that_does_not_tell_is_not_taken_for_quiet():
    with quiet(1, sleep=no_sleep, meter=Others(None)) as notes:
        assert notes[-1].startswith("contention unknown")


def test_the_least_busy_of_the_allowed_cores_is_taken():
    looks = iter([{0: 5.0, 1: 5.0, 2: 5.0}, {0: 5.4, 1: 5.1, 2: 5.0}])

    core = least_busy_core({0, 1}, no_sleep, lambda: next(looks))

    assert core == 1
