"""What cannot run any more, or costs nothing now, is not asked for again and again."""

from profiler.device import Environment
from profiler.operations import Head, operation_key
from profiler.table import Entry, Table
from profiler.triage import transferred, triage

HEADS = [Head(channels=8 * (n + 1), height=16, width=16) for n in range(12)]
KEYS = [operation_key(head) for head in HEADS]


def table_of(version, latencies_us):
    environment = Environment(runtime="onnxruntime", runtime_version=version, provider="CPU")
    entries = tuple(
        Entry(operation=head, latency_us=us, low_us=us * 0.99, high_us=us * 1.01)
        for head, us in latencies_us.items()
    )
    return Table(device_model="board", environment=environment, entries=entries)


BEFORE = table_of("1", {head: 10.0 + n for n, head in enumerate(HEADS)})


def again(latencies_us):
    return table_of("2", latencies_us)


def test_a_gap_is_left_out_and_said():
    found = triage(BEFORE, again({}), gaps=KEYS[:2], batch=12)

    assert found.incomparable == tuple(sorted(KEYS[:2]))
    assert found.operations == 10
    assert {operation_key(each) for each in found.next} == set(KEYS[2:])


def test_a_gap_that_was_measured_after_all_is_none():
    found = triage(BEFORE, again({HEADS[0]: 10.0}), gaps=KEYS[:1])

    assert found.incomparable == ()
    assert found.measured == 1


def test_what_costs_nothing_now_is_left_out():
    found = triage(BEFORE, again({HEADS[0]: 0.0}))

    assert found.incomparable == (KEYS[0],)
    assert (found.operations, found.measured) == (11, 0)


def test_a_gap_gets_no_row_and_the_rest_is_left_all_the_same():
    after = again({head: 10.0 + n for n, head in enumerate(HEADS) if n % 4})

    found = triage(BEFORE, after, gaps=KEYS[:1], batch=4)

    assert found.next == ()
    left = {entry.key for entry in transferred(BEFORE, found.left)}
    assert left == {KEYS[4], KEYS[8]}


def test_a_table_of_which_nothing_can_be_compared_is_done():
    found = triage(BEFORE, again({}), gaps=KEYS)

    assert (found.operations, found.next, found.left) == (0, (), ())
