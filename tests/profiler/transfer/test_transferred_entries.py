"""Rows of a new device's table, from other devices' tables."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from profiler.errors import TransferImpossible
from profiler.operations import operation_key
from profiler.transfer import most_telling, transferred_entries, usable_sources


@pytest.fixture
def fleet(operations, make_table, latencies):
    return [
        make_table(f"board-{i}", latencies(operations, 2.0**i, 0.3, seed=i)) for i in range(1, 6)
    ]


@pytest.fixture
def truth(operations, make_table, latencies):
    return make_table("new-board", latencies(operations, 0.7, 0.3, seed=77))


def test_a_handful_of_rows_gives_the_whole_table_within_a_tenth(fleet, truth, operations):
    handful = most_telling(fleet, operations, 20)
    measured = replace(truth, entries=tuple(truth.by_key[operation_key(o)] for o in handful))

    rows = transferred_entries(measured, fleet, operations)

    errors = [abs(row.latency_us / truth.by_key[row.key].latency_us - 1) for row in rows]
    assert len(rows) == len(operations) - 20
    assert np.median(errors) < 0.03
    assert np.mean(np.array(errors) < 0.1) > 0.9


def test_rows_say_that_they_were_transferred_and_from_whom(fleet, truth, operations):
    measured = replace(truth, entries=truth.entries[:5])

    row = transferred_entries(measured, fleet, operations)[0]

    assert row.value_kind == "transferred"
    assert row.low_us < row.latency_us < row.high_us
    assert row.origin.format == "hna-transfer"
    assert row.origin.source == f"{measured.name}@{measured.version}"
    assert json.loads(row.origin.row) == {
        "sources": [f"{table.name}@{table.version}" for table in fleet],
        "measured": 5,
    }


def test_what_no_source_has_stays_missing(fleet, truth, operations):
    nobody = operations[3]
    key = operation_key(nobody)
    sources = [
        replace(table, entries=tuple(e for e in table.entries if e.key != key)) for table in fleet
    ]
    measured = replace(truth, entries=tuple(e for e in truth.entries[:6] if e.key != key))

    rows = transferred_entries(measured, sources, operations)

    assert key not in {row.key for row in rows}


def test_what_one_source_lacks_is_learnt_from_the_others(fleet, truth, operations):
    half = replace(fleet[0], entries=fleet[0].entries[::2])
    measured = replace(truth, entries=truth.entries[::8])

    rows = transferred_entries(measured, [half, *fleet[1:]], operations)

    errors = [abs(row.latency_us / truth.by_key[row.key].latency_us - 1) for row in rows]
    assert len(rows) == len(operations) - len(measured.entries)
    assert np.median(errors) < 0.1


def test_measured_rows_are_not_given_again(fleet, truth, operations):
    rows = transferred_entries(truth, fleet, operations)

    assert rows == ()


def test_without_a_source_it_is_refused_by_name(truth, operations):
    with pytest.raises(TransferImpossible, match="0 source table"):
        transferred_entries(truth, [], operations)


def test_one_measurement_is_too_few(fleet, truth, operations):
    measured = replace(truth, entries=truth.entries[:1])

    with pytest.raises(TransferImpossible, match=r"1 measured row.* a transfer needs 2"):
        transferred_entries(measured, fleet, operations)


def test_rows_that_were_predicted_teach_nobody(fleet, truth, operations):
    guessed = [
        replace(table, entries=tuple(replace(e, value_kind="predicted") for e in table.entries))
        for table in fleet
    ]

    assert usable_sources(truth, guessed, operations) == ()


def test_a_table_is_no_source_of_itself_nor_of_another_precision(fleet, truth, operations):
    halved = replace(
        fleet[0], environment=replace(fleet[0].environment, precision="fp16"), device_model="half"
    )

    usable = usable_sources(truth, [truth, halved, fleet[1]], operations)

    assert usable == (fleet[1],)


def test_a_simulated_table_teaches_no_real_device(fleet, truth, operations):
    simulated = replace(fleet[0], simulated=True)

    assert usable_sources(truth, [simulated], operations) == ()
    assert usable_sources(replace(truth, simulated=True), [simulated], operations) == (simulated,)


def test_the_fullest_source_comes_first(fleet, truth, operations):
    less = replace(fleet[0], entries=fleet[0].entries[:20])
    none = replace(fleet[1], entries=fleet[1].entries[:3])

    assert usable_sources(truth, [less, none, fleet[2]], operations) == (fleet[2], less)
