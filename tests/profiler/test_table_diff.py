"""Two tables side by side: what became of each operation, and when nothing can be said."""

from dataclasses import replace
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.device import Environment
from profiler.errors import HnaError
from profiler.operations import ForeignOperation, Head, MaxPool
from profiler.table import Entry, Table
from profiler.table_diff import diff

ENVIRONMENT = Environment(runtime="made-up", runtime_version="1", provider="none")
OTHER = {"same": "same", "ambiguous": "ambiguous", "faster": "slower", "slower": "faster"}
OTHER |= {"added": "removed", "removed": "added"}


def row(latency_us=100.0, half_us=1.0, channels=8, **fields):
    ends = {"low_us": latency_us - half_us, "high_us": latency_us + half_us, "samples": 30}
    operation = Head(channels=channels, height=16, width=16)
    return Entry(operation=operation, latency_us=latency_us, **(ends | fields))


def table(*entries):
    return Table(device_model="board", environment=ENVIRONMENT, entries=entries)


def only(before, after, **options):
    (found,) = diff(table(before), table(after), **options).rows
    return found


@pytest.mark.parametrize(
    ("after_us", "change"), [(101.0, "same"), (120.0, "slower"), (80.0, "faster")]
)
def test_narrow_intervals_decide(after_us, change):
    found = only(row(100.0), row(after_us))

    assert found.change == change
    assert found.low < found.ratio < found.high


def test_a_change_inside_the_band_is_the_same_however_certain_it_is():
    assert only(row(100.0, 0.01), row(103.0, 0.01)).change == "same"
    assert only(row(100.0, 0.01), row(103.0, 0.01), tolerance=0.02).change == "slower"


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (row(100.0), row(101.0, 8.0), "the intervals do not tell"),
        (row(100.0), row(130.0, 60.0), "the intervals do not tell"),
        (row(100.0, low_us=None), row(200.0), "an interval is unknown"),
        (row(100.0), row(200.0, value_kind="suspect"), "a row was disturbed while measured"),
        (row(0.0, 0.0), row(5.0), "a latency cannot be told from zero"),
        (row(2.0, 2.0), row(50.0), "a latency cannot be told from zero"),
    ],
)
def test_what_cannot_be_decided_is_ambiguous_and_says_why(before, after, reason):
    found = only(before, after)

    assert (found.change, found.reason) == ("ambiguous", reason)


def test_a_row_of_one_session_is_less_certain_than_its_interval():
    one_session = {"unseen": ("session",)}

    certain = only(row(100.0, 0.1), row(105.4, 0.1))
    doubtful = only(row(100.0, 0.1, **one_session), row(105.4, 0.1, **one_session))

    assert (certain.change, doubtful.change) == ("slower", "ambiguous")


def test_among_many_comparisons_more_is_asked_of_each():
    # the ratio 1.07 is 2.4 standard deviations from 1: enough for one, too little for 200
    pairs = [(row(100.0, 3.3, channels=c), row(107.0, 3.3, channels=c)) for c in range(1, 201)]

    alone = only(*pairs[0])
    together = diff(table(*(b for b, _ in pairs)), table(*(a for _, a in pairs)))

    assert alone.change == "slower"
    assert together.counts["ambiguous"] == 200


def test_a_row_that_is_the_same_fact_did_not_change_even_where_its_noise_is_unknown():
    imported = Entry(
        operation=ForeignOperation(format="theirs", name="a"),
        latency_us=3.0,
        value_kind="imported",
    )

    assert only(imported, imported).change == "same"


def test_operations_of_one_table_only_were_added_or_removed():
    found = diff(table(row(channels=8)), table(row(channels=16)))

    assert [r.change for r in found.rows] == ["added", "removed"]
    assert (found.counts["added"], found.counts["removed"]) == (1, 1)
    assert found.differs


def test_a_family_that_went_one_way_is_named_though_no_row_is_certain():
    before = [row(100.0, 20.0, channels=c) for c in range(1, 7)]
    after = [row(112.0, 20.0, channels=c) for c in range(1, 7)]
    pool = Entry(operation=MaxPool(channels=8, height=4, width=4), latency_us=9.0)

    found = diff(table(*before, pool), table(*after, pool))

    (move,) = found.moved
    assert (move.family, move.change, move.rows) == ("head", "slower", 6)
    assert move.median_ratio == pytest.approx(1.12)
    assert found.median_ratio == pytest.approx(1.12)
    assert not found.differs


@pytest.mark.parametrize("tolerance", [0.0, 1.0, -0.1, float("nan")])
def test_a_tolerance_that_is_none_is_refused(tolerance):
    with pytest.raises(HnaError, match="between 0 and 1"):
        diff(table(row()), table(row()), tolerance=tolerance)


def test_the_document_holds_what_follows_from_the_rows():
    document = diff(table(row(100.0)), table(row(150.0))).document()

    assert document["counts"]["slower"] == 1
    assert document["differs"] is True
    assert document["rows"][0]["ratio"] == pytest.approx(1.5)


latencies = st.floats(0.0, 1e6)
halves = st.one_of(st.none(), st.floats(0.0, 1e5))


@st.composite
def tables(draw):
    channels = draw(st.sets(st.integers(1, 6)))
    return table(*(_drawn(draw, c) for c in channels))


def _drawn(draw, channels):
    value, half = draw(latencies), draw(halves)
    ends = {} if half is None else {"low_us": max(0.0, value - half), "high_us": value + half}
    entry = Entry(
        operation=Head(channels=channels, height=16, width=16),
        latency_us=value,
        border_us=draw(st.floats(0.0, 100.0)),
        value_kind=draw(st.sampled_from(["measured", "suspect", "imported"])),
        unseen=draw(st.sampled_from([(), ("session",)])),
    )
    return replace(entry, **ends)


@given(tables())
def test_a_table_never_differs_from_itself(some):
    found = diff(some, some)

    assert {r.change for r in found.rows} <= {"same", "ambiguous"}
    assert not found.differs


@given(tables())
def test_measured_again_to_the_same_numbers_nothing_is_faster_or_slower(some):
    again = replace(some, entries=tuple(replace(e, samples=99) for e in some.entries))

    assert {r.change for r in diff(some, again).rows} <= {"same", "ambiguous"}


@given(tables(), tables())
def test_seen_from_the_other_side_faster_is_slower(before, after):
    there, back = diff(before, after), diff(after, before)

    for one, other in zip(there.rows, back.rows, strict=True):
        assert other.change == OTHER[one.change]
        if one.ratio and other.ratio and one.low and other.high and other.high < inf:
            assert one.ratio * other.ratio == pytest.approx(1.0)
            assert one.low * other.high == pytest.approx(1.0)
