"""Making the machine quiet, and putting everything back."""

import os

import pytest

from device_agents.quiet import NOT_QUIET, QuietSettings, quiet
from device_agents.quiet.affinity import confine, cores_named, least_busy_core
from profiler.errors import HnaError
from profiler.measuring.watchers.processor import Used


class Others:
    """Watches other processes that keep so many cores busy, look after look."""

    def __init__(self, *others):
        self._readings = [
            None if cores is None else Used(at_s=at_s, seconds=at_s * cores)
            for cores in others
            for at_s in (0.0, 1000.0)
        ]

    def read(self):
        return self._readings.pop(0)


def no_sleep(seconds):
    pass


@pytest.fixture
def affinity():
    """Let a test confine this process."""
    before = os.sched_getaffinity(0)
    yield before
    os.sched_setaffinity(0, before)


def state():
    return os.sched_getaffinity(0), os.getpriority(os.PRIO_PROCESS, 0)


def test_a_single_thread_is_pinned_to_one_core_while_it_lasts():
    with quiet(1, sleep=no_sleep, watcher=Others(0.0)) as notes:
        pinned = os.sched_getaffinity(0)

    assert len(pinned) == 1
    assert notes[0] == f"pinned to core {min(pinned)}"


def test_several_threads_are_not_pinned():
    before = os.sched_getaffinity(0)

    with quiet(2, sleep=no_sleep, watcher=Others(0.0)) as notes:
        assert os.sched_getaffinity(0) == before

    assert notes[0].startswith("not pinned: 2 threads")


def test_everything_is_put_back_after_an_error():
    before = state()

    with pytest.raises(ValueError, match="measuring failed"), quiet(1, watcher=Others(0.0)):
        raise ValueError("measuring failed")

    assert state() == before


def test_a_priority_that_is_not_permitted_is_said_and_not_fatal(monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refuse)

    with quiet(1, sleep=no_sleep, watcher=Others(0.0)) as notes:
        assert "priority unchanged: not permitted" in notes


def test_contention_is_waited_for_until_it_passes():
    with quiet(1, sleep=no_sleep, watcher=Others(1.5, 1.2, 0.1)) as notes:
        assert notes[-1] == "quiet after 0.75 s"


def test_waiting_is_bounded_and_the_note_says_who_is_left():
    settings = QuietSettings(wait_s=0.5)

    with quiet(1, settings=settings, sleep=no_sleep, watcher=Others(1.5, 1.25)) as notes:
        assert notes[-1] == f"{NOT_QUIET}: others keep 1.25 cores busy after 0.50 s"


def test_a_lease_can_be_kept_alive_while_waiting():
    calls = []

    with quiet(1, lambda: calls.append(1), sleep=no_sleep, watcher=Others(1.5, 1.5, 0.0)):
        assert len(calls) == 3


def test_a_kernel_that_does_not_tell_is_not_taken_for_quiet():
    with quiet(1, sleep=no_sleep, watcher=Others(None)) as notes:
        assert notes[-1].startswith("contention unknown")


def test_the_least_busy_of_the_allowed_cores_is_taken():
    looks = iter([{0: 5.0, 1: 5.0, 2: 5.0}, {0: 5.4, 1: 5.1, 2: 5.0}])

    core = least_busy_core({0, 1}, no_sleep, lambda: next(looks))

    assert core == 1


def test_cores_that_were_asked_for_are_the_only_ones_pinned_to(affinity):
    settings = QuietSettings(cores=frozenset({min(affinity)}))

    with quiet(1, settings=settings, sleep=no_sleep, watcher=Others(0.0)) as notes:
        assert os.sched_getaffinity(0) == {min(affinity)}

    assert notes[:2] == (f"on cores {min(affinity)}", f"pinned to core {min(affinity)}")


def test_cores_that_are_not_there_make_the_session_doubtful_and_end_nothing(affinity):
    absent = max(affinity) + 1

    assert confine(frozenset({absent})) == f"{NOT_QUIET}: not on cores {absent}: Invalid argument"
    assert confine(frozenset({min(affinity), absent})).startswith(f"{NOT_QUIET}: not on cores")


def test_cores_are_named_by_a_list_or_by_their_kind():
    clusters = ("0-3 arm-cortex-a55", "4-7 arm-cortex-a76")

    assert cores_named("4-6", clusters) == {4, 5, 6}
    assert cores_named("arm-cortex-a76", clusters) == {4, 5, 6, 7}


def test_a_kind_of_core_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(HnaError, match="or one of arm-cortex-a55"):
        cores_named("big", ("0-3 arm-cortex-a55",))
    with pytest.raises(HnaError, match="all cores here are of one kind"):
        cores_named("big", ())


@pytest.mark.parametrize(
    "impossible", [{"cores": frozenset()}, {"gpu_clock": "fast"}, {"gpu": "0; reboot"}]
)
def test_settings_that_cannot_be_are_refused(impossible):
    with pytest.raises(HnaError):
        QuietSettings(**impossible)
