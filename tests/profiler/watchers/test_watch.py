"""All watchers together."""

from __future__ import annotations

import pytest

from profiler.measuring.watchers.watch import Watch, worst


class Says:
    def __init__(self, state, reading=1, span="visit", watches="something"):
        self.watches = watches
        self.span = span
        self._state = state
        self._reading = reading

    def read(self):
        return self._reading

    def judge(self, before, after):
        return self._state


def state(*watchers):
    watch = Watch(watchers)
    return watch.state_since(watch.look("visit"))


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((), "clean"),
        (("clean", "unverified"), "unverified"),
        (("unverified", "contended"), "contended"),
        (("throttled", "contended", "clean"), "throttled"),
    ],
)
def test_the_worst_that_is_said_counts(states, expected):
    assert worst(states) == expected


def test_a_dead_watcher_does_not_certify_what_the_others_saw_clean():
    assert state(Says("clean"), Says("clean", reading=None)) == "unverified"


def test_a_dead_watcher_does_not_hide_what_another_saw():
    assert state(Says("contended"), Says("clean", reading=None)) == "contended"


def test_watchers_of_rounds_do_not_judge_visits():
    assert state(Says("throttled", span="round"), Says("clean")) == "clean"


def test_what_could_not_be_read_is_named_once():
    watch = Watch([Says("clean", reading=None, watches="clocks"), Says("clean")])

    for _ in range(3):
        watch.state_since(watch.look("visit"))

    assert watch.unread == ("clocks",)
