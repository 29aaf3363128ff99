"""The published shares again, from the published measurements."""

import numpy as np
import pytest


@pytest.fixture
def published(data):
    """Operations of all networks, and the latencies of two devices."""
    with np.load(data / "lut" / "help_nasbench201.npz") as held:
        names = list(held["devices"])
        latencies = held["latency_ms"].astype(float)
        return held["arch"], {n: latencies[names.index(n)] for n in ("pixel3", "2080ti_1")}


def test_edges_that_lead_nowhere_become_none():
    from benchmarks.additivity import pruned

    # edges 0-1, 0-2, 1-2, 0-3, 1-3, 2-3; without 2-3 nobody reads node 2
    networks = np.array([[3, 1, 2, 4, 1, 0], [3, 1, 2, 4, 1, 1]])

    assert pruned(networks).tolist() == [[3, 0, 0, 4, 1, 0], [3, 1, 2, 4, 1, 1]]


def test_a_table_has_a_number_for_each_operation_on_each_edge_and_a_constant():
    from benchmarks.additivity import design

    (row,) = design(np.array([[0, 1, 2, 3, 4, 0]]))

    assert len(row) == 31
    assert np.flatnonzero(row).tolist() == [0, 6, 12, 18, 24, 25, 30]


@pytest.mark.parametrize(
    ("name", "plain", "without", "prunes"),
    [("pixel3", 0.552, 0.697, True), ("2080ti_1", 0.934, 0.824, False)],
)
def test_a_phone_prunes_and_a_gpu_does_not_as_cross_validation_says(
    published, name, plain, without, prunes
):
    from benchmarks.additivity import SEED, compare

    chosen, latencies = published
    order = np.random.default_rng(SEED).permutation(len(chosen))

    found = compare(chosen, latencies[name], order)

    assert found.plain.within_10pct == pytest.approx(plain, abs=0.001)
    assert found.pruned.within_10pct == pytest.approx(without, abs=0.001)
    assert found.prunes == prunes


def test_most_networks_nothing_leads_through_cost_a_phone_next_to_nothing(published):
    from benchmarks.additivity import pruned

    chosen, latencies = published
    empty = (pruned(chosen) == 0).all(axis=1)  # nothing reaches the output

    shares = {n: np.median(us[empty]) / np.median(us) for n, us in latencies.items()}

    assert empty.sum() == 5**3  # whatever the edges 0-1, 0-2 and 1-2 hold
    assert shares["pixel3"] < 0.001
    assert shares["2080ti_1"] > 0.5


def test_absent_data_is_one_line_that_says_where_to_name_it(monkeypatch, tmp_path):
    from benchmarks.additivity import data_path
    from profiler.errors import HnaError

    monkeypatch.setenv("HNA_DATA", str(tmp_path))

    with pytest.raises(HnaError, match="name the folder of the data in HNA_DATA"):
        data_path()
