"""The space with a known optimum: what its networks are worth, and how a search finds the best."""

import numpy as np
import pytest

from benchmarks.known_optimum.cells import cells_named
from benchmarks.known_optimum.hunt import Hunt, Reading, most_promising, read, regret
from benchmarks.known_optimum.pricing import no_belief, price, transferred_belief
from benchmarks.known_optimum.truth import known_truth
from profiler.formats.networks import nasbench201_name
from profiler.table import Entry

N, S, P, C1, C3 = ("none", "skip_connect", "avg_pool_3x3", "nor_conv_1x1", "nor_conv_3x3")


def cells(*operations):
    return cells_named([nasbench201_name(each) for each in operations])


def test_macs_are_those_nas_bench_201_publishes():
    full = [C3] * 6
    best_on_cifar10 = [C3, C3, C3, S, C3, C1]  # four 3 x 3, one 1 x 1: 153.27 M

    macs = cells(full, best_on_cifar10).macs()

    assert macs / 1e6 == pytest.approx([220.12, 153.27], abs=0.005)


def test_a_convolution_counts_only_on_a_path_from_input_to_output():
    nothing, one, unread, unfed = cells(
        [N, N, N, S, N, N],
        [N, N, N, C3, N, N],
        [C3, N, N, S, N, N],  # node 1 is read by nobody
        [N, N, N, S, C3, N],  # node 1 is fed by nobody
    ).macs()

    assert one - nothing == 15 * 9 * 16 * 16 * 32 * 32
    assert unread == nothing
    assert unfed == nothing


def test_the_score_grows_with_work_and_is_drawn_by_its_seed():
    some = cells([N, N, N, S, N, N], [N, N, N, P, N, N], [N, N, N, C1, N, N], [N, N, N, C3, N, N])

    score = some.score(0)

    assert (np.diff(score) > 0).all()
    assert (some.score(0) == score).all()
    assert not (some.score(1) == score).all()


def test_networks_whose_output_depends_on_nothing_are_told():
    assert cells([N] * 6, [N, C3, N, N, N, N], [S, N, N, N, S, N]).connected.tolist() == [
        False,
        False,
        True,
    ]


def test_features_tell_an_edge_from_one_that_is_read():
    unread, is_read = cells([C3, N, N, S, N, N], [C3, N, N, S, S, N]).features

    difference = is_read - unread
    assert difference.sum() == 3.0  # edge 1>3, edge 1>3 read, edge 0>1 read
    assert (difference >= 0).all()


def test_regret_is_what_a_network_is_worth_less_than_the_best_within_the_budget():
    objective, truth_us = np.array([1.0, 4.0, 5.0, 9.0]), np.array([5.0, 10.0, 10.1, 20.0])

    assert regret(objective, truth_us, 10.0, 1, noise=0.02) == 0.0
    assert regret(objective, truth_us, 10.0, 0, noise=0.02) == 0.75
    assert regret(objective, truth_us, 10.0, 2, noise=0.02) == 0.0  # above it within the noise
    assert regret(objective, truth_us, 9.95, 1, noise=0.02) == 0.0  # compared with no slower ones
    assert regret(objective, truth_us, 10.0, 3, noise=0.02) == 1.0  # missed
    assert regret(objective, truth_us, 10.0, None, noise=0.02) == 1.0


def test_what_is_measured_together_covers_for_each_other():
    objective = np.array([10.0, 10.0, 6.0])
    likely = np.array([0.9, 0.88, 0.5])

    picked = most_promising(objective, likely, known=5.0, count=2)

    # the second adds 0.1 x 0.88 x 5 behind the first, the third 0.1 x 0.5 x 1
    assert picked == [0, 1]
    assert most_promising(objective, likely, known=10.0, count=2) == []


@pytest.fixture(scope="module")
def truth(data):
    return known_truth(data / "lut" / "help_nasbench201.npz")


def test_sums_of_rows_price_an_additive_device_from_few_networks(truth):
    latency_us = truth.latency_us("fpga")  # a simulator: exact sums
    first = np.random.default_rng(0).choice(len(latency_us), 60, replace=False).tolist()
    features = truth.cells.features

    prices = price(features, no_belief(features, 4_000.0), first, latency_us[first])

    error = np.abs(prices.mean_us / latency_us - 1)
    assert np.mean(error <= 0.1) > 0.95


def test_transferred_rows_are_believed_where_nothing_was_measured(truth):
    latency_us, features = truth.latency_us("fpga"), truth.cells.features
    known = np.random.default_rng(1).choice(len(latency_us), 200, replace=False)
    entries = [
        Entry(
            operation=truth.cells.networks[i],
            latency_us=latency_us[i],
            low_us=0.95 * latency_us[i],
            high_us=1.05 * latency_us[i],
            value_kind="transferred",
        )
        for i in known
    ]
    belief = transferred_belief(features[known], entries)

    prices = price(features, belief, [0, 1], latency_us[:2])

    assert np.mean(np.abs(prices.mean_us / latency_us - 1) <= 0.1) > 0.95


def test_a_search_chooses_only_what_was_measured_and_holds(truth):
    hunt = truth.hunt(np.arange(15_625.0) + 1, budget_us=10_000.0)

    hunt.tell({7: Reading(latency_us=9_900.0, high_us=10_100.0)})
    assert hunt.best() is None
    hunt.tell(
        {3: Reading(latency_us=9_000.0, high_us=9_990.0), 2: Reading(latency_us=1, high_us=1)}
    )
    assert hunt.best() == 3


def test_a_search_told_true_latencies_finds_the_optimum_of_an_additive_device(truth):
    model, objective = "titan_rtx_256", truth.objectives["score"]
    latency_us = truth.latency_us(model)
    hunt = truth.hunt(objective, float(np.median(latency_us)))
    first = np.random.default_rng(0).choice(len(latency_us), 30, replace=False).tolist()
    hunt.tell(read(latency_us, first))
    belief = no_belief(truth.cells.features, float(np.median(latency_us[first])))

    for _ in range(4):
        hunt.tell(read(latency_us, hunt.ask(belief, 9)))

    assert isinstance(hunt, Hunt)
    assert truth.regret(model, hunt) <= 0.02
