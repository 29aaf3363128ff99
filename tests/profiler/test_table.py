"""Lookup tables: a version for every content, and errors instead of zeros."""

from dataclasses import replace

import pytest

from profiler.device import Environment, environment_digest, table_name
from profiler.errors import EntryMissing, HnaError, TableInvalid
from profiler.operations import Head, MaxPool, operation_key
from profiler.table import Entry, Table

ENVIRONMENT = Environment(runtime="simulated", runtime_version="1", provider="none")
HEAD = Head(channels=8, height=4, width=4)
POOL = MaxPool(channels=8, height=4, width=4)
ABSENT = MaxPool(channels=16, height=4, width=4)


def row(operation, latency_us=10.0):
    return Entry(operation=operation, latency_us=latency_us, low_us=9.0, high_us=12.0, samples=30)


def table_of(*entries, device_model="board", environment=ENVIRONMENT):
    return Table(device_model=device_model, environment=environment, entries=entries)


def test_a_table_answers_with_the_latency_of_the_row():
    assert table_of(row(HEAD, 12.5), row(POOL, 3.0)).latency_us(HEAD) == 12.5


def test_a_row_that_is_not_there_is_an_error_that_names_key_and_table():
    table = table_of(row(HEAD))

    with pytest.raises(EntryMissing) as missing:
        table.latency_us(ABSENT)

    assert missing.value.keys == (operation_key(ABSENT),)
    assert operation_key(ABSENT) in str(missing.value)
    assert table.name in str(missing.value)


def test_missing_operations_are_listed_once_each_in_the_order_asked_for():
    other = replace(ABSENT, channels=24)

    missing = table_of(row(HEAD)).missing([other, HEAD, ABSENT, other, ABSENT])

    assert missing == (other, ABSENT)


def test_a_version_does_not_depend_on_the_order_of_the_entries():
    forwards, backwards = table_of(row(HEAD), row(POOL)), table_of(row(POOL), row(HEAD))

    assert forwards == backwards
    assert forwards.version == backwards.version


def test_a_table_keeps_its_entries_in_the_order_of_their_keys():
    keys = [entry.key for entry in table_of(row(POOL), row(HEAD)).entries]

    assert keys == [operation_key(HEAD), operation_key(POOL)]


def test_two_entries_for_one_operation_are_refused_by_key():
    with pytest.raises(TableInvalid, match="two entries for head/batch=1"):
        table_of(row(HEAD, 10.0), row(POOL), row(HEAD, 11.0))


@pytest.mark.parametrize(
    "changed",
    [
        table_of(row(HEAD, 10.000001)),
        table_of(replace(row(HEAD), high_us=13.0)),
        table_of(replace(row(HEAD), border_us=1.0)),
        table_of(replace(row(HEAD), value_kind="predicted")),
        table_of(replace(row(HEAD), warnings=("contended",))),
        table_of(row(replace(HEAD, width=5))),
        table_of(row(HEAD), row(POOL)),
        table_of(),
        table_of(row(HEAD), device_model="other"),
        table_of(row(HEAD), environment=replace(ENVIRONMENT, threads=2)),
        replace(table_of(row(HEAD)), simulated=True),
    ],
    ids=["number", "interval", "border", "source", "doubt", "operation", "row more", "row less",
         "device", "environment", "simulated"],
)  # fmt: skip
def test_a_version_changes_with_anything_in_the_table(changed):
    assert changed.version != table_of(row(HEAD)).version


def test_a_table_is_named_for_device_model_runtime_and_environment():
    assert table_of().name == f"board@simulated-{environment_digest(ENVIRONMENT)}"


@pytest.mark.parametrize(
    "change",
    [
        {"runtime": "torch"},
        {"runtime_version": "2"},
        {"provider": "CPUExecutionProvider"},
        {"precision": "fp16"},
        {"threads": 2},
        {"options": ("graph_optimization=all",)},
        {"power_mode": "15W"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_makes_latencies_incomparable_makes_another_table(change):
    assert table_name("board", replace(ENVIRONMENT, **change)) != table_name("board", ENVIRONMENT)


def test_an_environment_says_what_it_is_in_one_line():
    two = replace(ENVIRONMENT, threads=2, options=("mode=eager",))

    assert ENVIRONMENT.label == "simulated 1, none, fp32, 1 thread"
    assert two.label == "simulated 1, none, fp32, 2 threads, mode=eager"


@pytest.mark.parametrize(
    ("change", "message"), [({"precision": "fp64"}, "'fp64'.*int8"), ({"threads": 0}, "threads=0")]
)
def test_an_environment_that_cannot_be_is_refused(change, message):
    with pytest.raises(HnaError, match=message):
        replace(ENVIRONMENT, **change)
