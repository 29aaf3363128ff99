"""A budget is kept, and what it leaves unknown is said."""

import numpy as np
import pytest

from profiler.device import Environment
from profiler.errors import HnaError
from profiler.operations import ResidualConv, border_of, operation_key
from profiler.table import Entry, Table
from profiler.triage import triage
from profiler.triage.choosing import Budget, budget_of, doubtful, drawn_check
from profiler.triage.rows import relative_sd, rows_of

OPERATIONS = [
    ResidualConv(channels_in=c, channels_out=c, height=s, width=s, kernel=k)
    for c in (8, 16, 24, 32, 40)
    for s in (16, 32)
    for k in (3, 5, 7)
]
BORDERS = list({operation_key(border_of(o)): border_of(o) for o in OPERATIONS}.values())


def table_of(version, latencies_us):
    environment = Environment(runtime="onnxruntime", runtime_version=version, provider="CPU")
    entries = tuple(
        Entry(operation=o, latency_us=us, low_us=us * 0.98, high_us=us * 1.02)
        for o, us in latencies_us.items()
    )
    return Table(device_model="board", environment=environment, entries=entries)


BEFORE = table_of("1", {o: 10.0 + n for n, o in enumerate((*OPERATIONS, *BORDERS))})


def run(factor, max_share):
    """Measure what is asked for, each operation with its border."""
    shown = {}
    while True:
        found = triage(BEFORE, table_of("2", shown), max_share=max_share)
        if not found.next:
            return found
        for operation in found.next:
            for each in filter(None, (operation, border_of(operation))):
                us = BEFORE.by_key[operation_key(each)].latency_us
                shown[each] = us * factor(each)


def test_a_budget_is_kept_borders_and_all():
    found = run(lambda _: 1.3, max_share=0.4)

    assert 0 < found.measured <= 0.4 * found.operations
    assert found.measured + len(found.left) == found.operations


def test_what_a_budget_leaves_unmeasured_is_expected_to_have_moved_and_said():
    found = run(lambda _: 1.3, max_share=0.4)

    assert found.spent
    assert found.expected_missed == pytest.approx(len(found.left), rel=0.1)
    assert [p.ratio for p in found.left] == pytest.approx([1.3] * len(found.left), rel=0.02)


def test_without_a_budget_everything_that_moved_is_measured():
    found = run(lambda _: 1.3, max_share=None)

    assert not found.spent
    assert len(found.moved) == found.measured
    assert found.expected_missed <= 0.05 * found.operations


def test_before_anything_is_measured_nobody_knows_what_is_missed():
    found = triage(BEFORE, table_of("2", {}))

    assert found.expected_missed is None
    assert not found.spent


@pytest.mark.parametrize("share", [0.0, -0.1, 1.5])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(HnaError, match=f"a share of {share:g} of all operations is none"):
        triage(BEFORE, table_of("2", {}), max_share=share)


def test_the_smallest_budget_is_a_handful():
    assert budget_of(1_000, None, 0.001) == Budget(batch=12, most=8)
    assert budget_of(100, None, None) == Budget(batch=5, most=100)
    assert budget_of(100, 5, 0.25) == Budget(batch=5, most=25)


def test_nothing_is_left_before_some_were_measured_for_no_reason():
    checked = drawn_check(rows_of(BEFORE, table_of("2", {}), ()))

    found = run(lambda _: 1.0, max_share=None)

    left = {prediction.key for prediction in found.left}
    keys = {BEFORE.entries[index].key for index in checked}
    assert len(keys) == -(-len(BEFORE.entries) // 20)
    assert left
    assert not keys & left


def test_a_border_is_paid_once():
    rows = rows_of(BEFORE, table_of("2", {}), ())
    same = [i for i, e in enumerate(rows.entries) if border_of(e.operation) == BORDERS[0]]

    assert len(same) == 3
    assert Budget(batch=9, most=3).affordable(rows, same) == same[:2]
    assert Budget(batch=9, most=4).affordable(rows, same) == same


def test_no_more_is_asked_for_than_makes_the_rest_acceptable():
    beyond = np.array([0.9, 0.03, 0.8, 0.01, 0.0, 0.02])

    assert doubtful(beyond, [0, 1, 2, 3, 4, 5], 0, 100) == [0, 2]
    assert doubtful(beyond, [1, 3, 4, 5], 2, 100) == []
    assert doubtful(np.full(100, 0.1), list(range(100)), 0, 100) == list(range(90))


def test_one_that_probably_moved_is_not_left_however_many_there_are():
    beyond = np.zeros(1_000)
    beyond[7] = 0.5

    assert doubtful(beyond, list(range(1_000)), 0, 1_000) == [7]


def test_where_one_session_was_seen_how_sessions_differ_is_doubt():
    known = Entry(operation=OPERATIONS[0], latency_us=100.0, low_us=98.355, high_us=101.645)
    alone = Entry(
        operation=OPERATIONS[0],
        latency_us=100.0,
        low_us=98.355,
        high_us=101.645,
        border_us=100.0,
        unseen=("session",),
    )

    assert relative_sd(known) == pytest.approx(0.01)
    assert relative_sd(alone) == pytest.approx(np.hypot(0.01, 0.04))
    assert relative_sd(Entry(operation=OPERATIONS[0], latency_us=1.0)) == 0.1
