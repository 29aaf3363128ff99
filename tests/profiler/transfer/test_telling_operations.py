"""What to measure first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from profiler.errors import TransferImpossible
from profiler.operations import operation_key
from profiler.transfer import View, most_telling, telling_rows, transfer, transferred_entries


@pytest.fixture
def fleet(operations, make_table, latencies):
    return [make_table(f"b{i}", latencies(operations, 1.5**i, 0.4, seed=i)) for i in range(6)]


def _error(truth, sources, wanted, handful):
    measured = replace(truth, entries=tuple(truth.by_key[operation_key(o)] for o in handful))
    rows = transferred_entries(measured, sources, wanted)
    return np.mean([abs(np.log(row.latency_us / truth.by_key[row.key].latency_us)) for row in rows])


def test_telling_operations_beat_random_ones_on_tables_held_out(fleet, operations):
    draw = np.random.default_rng(0)
    told, drawn = [], []

    for truth in fleet[:3]:
        sources = [table for table in fleet if table is not truth]
        told.append(_error(truth, sources, operations, most_telling(sources, operations, 6)))
        for _ in range(3):
            handful = [operations[i] for i in draw.permutation(len(operations))[:6]]
            drawn.append(_error(truth, sources, operations, handful))

    assert np.mean(told) < 0.8 * np.mean(drawn)


def test_a_fifth_of_the_handful_are_networks_where_networks_are_wanted(
    operations, networks, make_table, latencies
):
    wanted = (*operations, *networks)
    sources = [make_table(f"b{i}", latencies(wanted, 1.0, 0.3, seed=i)) for i in range(3)]

    handful = most_telling(sources, wanted, 10)

    assert len({operation_key(o) for o in handful}) == 10
    assert sum(o.kind == "network" for o in handful) >= 2


def test_no_more_come_back_than_the_sources_know(fleet, operations):
    few = [replace(fleet[0], entries=fleet[0].entries[:4])]

    assert len(most_telling(few, operations, 10)) == 4


def test_without_a_row_in_any_source_it_is_refused(operations):
    with pytest.raises(TransferImpossible, match="0 source table"):
        most_telling([], operations, 5)


def test_rows_in_which_devices_differ_most_are_asked_first():
    varied = np.zeros((6, 3))
    varied[4:] = [[0.0, 1.0, 2.0], [0.0, 1.0, 2.0]]

    chosen = telling_rows(View(log_latencies=varied), 2)

    assert {4, 5} & set(chosen)
    assert {0, 1, 2, 3} & set(chosen)


def test_what_a_telling_network_measures_on_a_published_device_ranks_the_rest(data):
    with np.load(data / "lut" / "help_nasbench201.npz") as content:
        by_device = dict(zip(content["devices"], np.log(content["latency_ms"]), strict=True))
    names = ("1080ti_1", "1080ti_256", "silver_4114", "silver_4210r", "samsung_s7")
    logs = np.stack([by_device[name][:300] for name in names], axis=1)
    truth = by_device["titanx_256"][:300]
    few = np.array(telling_rows(View(log_latencies=logs), 10))

    found = transfer([View(log_latencies=logs)], few, truth[few], np.zeros(10))

    assert (
        np.corrcoef(np.argsort(np.argsort(found.mean)), np.argsort(np.argsort(truth)))[0, 1] > 0.95
    )
