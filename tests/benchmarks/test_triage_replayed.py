"""The triage benchmark's arithmetic: who moved, what was shown, what is right in the end."""

import numpy as np
import pytest

from benchmarks.triage import operations
from benchmarks.upgrades.imagined import CHANGES
from benchmarks.upgrades.replayed import (
    Replay,
    at_random,
    by_triage,
    comparable,
    movers,
    scaled,
)
from profiler.device import Environment
from profiler.operations import Head, ResidualConv, border_of, operation_key
from profiler.table import Entry, Table

HEADS = [Head(channels=8 * (n + 1), height=16, width=16) for n in range(10)]
KEYS = [operation_key(head) for head in HEADS]


def table_of(version, latencies_us, half=0.01):
    environment = Environment(runtime="onnxruntime", runtime_version=version, provider="CPU")
    entries = tuple(
        Entry(operation=o, latency_us=us, low_us=us * (1 - half), high_us=us * (1 + half))
        for o, us in latencies_us.items()
    )
    return Table(device_model="board", environment=environment, entries=entries)


BEFORE = table_of("1", dict.fromkeys(HEADS, 100.0))


def test_movers_are_told_by_latencies_by_intervals_and_beyond_doubt():
    after = table_of("2", dict(zip(HEADS, (100.0, 104.0, 105.5, 112.0, 90.0), strict=False)), 0.03)

    found = movers(BEFORE, after)

    assert found.seen == frozenset(KEYS[2:5])
    assert found.likely == frozenset(KEYS[2:5])  # 105.5 less 3 % is more than 100 and 1 %
    assert found.certain == frozenset(KEYS[3:5])  # 105.5 less 3 % may be 102.3


def test_intervals_that_overlap_are_no_likely_movement():
    after = table_of("2", {HEADS[0]: 108.0}, half=0.1)

    found = movers(BEFORE, after)

    assert (found.seen, found.likely, found.certain) == (
        frozenset(KEYS[:1]),
        frozenset(),
        frozenset(),
    )


def test_only_rows_that_both_have_are_compared():
    after = table_of("2", {HEADS[0]: 1.0, HEADS[1]: 1.0, HEADS[2]: 0.0})
    truth = table_of("2", {HEADS[1]: 1.0, HEADS[2]: 1.0})

    assert [entry.key for entry in comparable(BEFORE, after, truth).entries] == [KEYS[1]]


def test_a_row_is_right_within_the_tolerance_of_the_truth():
    found = Replay(measured=frozenset(), latencies_us={"a": 100.0, "b": 100.0, "c": 100.0})

    assert found.right({"a": 104.0, "b": 106.0, "c": 96.0}) == pytest.approx(2 / 3)


def test_the_share_of_some_that_were_measured_is_counted():
    found = Replay(measured=frozenset({"a", "b"}), latencies_us={})

    assert found.share_of(frozenset({"a", "c"})) == 0.5
    assert found.share_of(frozenset()) == 1.0


def test_as_many_at_random_are_measured_and_the_others_keep_their_rows():
    after = table_of("2", dict.fromkeys(HEADS, 200.0))

    found = at_random(BEFORE, after, 4, np.random.default_rng(0))

    assert len(found.measured) == 4
    assert all(
        us == (200.0 if key in found.measured else 100.0) for key, us in found.latencies_us.items()
    )


def test_scaling_multiplies_every_row_and_measures_none():
    found = scaled(BEFORE, 1.1)

    assert found.measured == frozenset()
    assert found.latencies_us[KEYS[0]] == pytest.approx(110.0)


def test_a_triage_is_shown_what_it_asks_for_with_borders():
    blocks = [
        ResidualConv(channels_in=c, channels_out=c, height=8, width=8) for c in range(8, 40, 2)
    ]
    borders = [border_of(block) for block in blocks]
    before = table_of("1", dict.fromkeys((*blocks, *borders), 50.0))
    after = table_of("2", dict.fromkeys((*blocks, *borders), 60.0))

    found = by_triage(before, after, 0.5)

    assert 8 <= len(found.measured) <= 16
    for block in blocks:
        if operation_key(block) in found.measured:
            assert operation_key(border_of(block)) in found.measured
    assert found.right(dict.fromkeys(found.latencies_us, 60.0)) == 1.0
    assert len(found.latencies_us) == 32


def test_imagined_changes_move_what_their_names_say():
    space = operations(("dnanet_simplified",))
    draw = np.random.default_rng(0)

    moved = {name: np.mean(change(space, draw) != 1.0) for name, change in CHANGES.items()}

    assert (moved["nothing"], moved["everything"]) == (0.0, 1.0)
    assert 0 < moved["a_few_at_random"] < 0.15
    assert all(0.1 < moved[name] < 0.4 for name in moved if name.startswith("one_"))
