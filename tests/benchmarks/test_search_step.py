"""The plain method is the mathematics of the search: outputs and gradients, at a small size."""

from importlib import import_module

import pytest

torch = pytest.importorskip("torch")


@pytest.fixture
def benchmark(root):
    return import_module("benchmarks.search_step")


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_both_methods_send_alpha_the_same_gradient(benchmark):
    benchmark.require_equal_gradients()


def test_the_shipped_topology_is_searched_with_twelve_candidates_a_cell(benchmark):
    space, topology = benchmark._searched(benchmark.Scale(size=32))

    assert len(topology.cells) == 12
    assert len(space.candidates) == 12
    assert topology.skipped == ((1, 2), (2, 2), (3, 1))


def test_twelve_rounds_run_every_candidate_of_every_cell_once(benchmark):
    by_cell = zip(*(benchmark._active(number) for number in range(12)), strict=True)

    assert all(sorted(candidates) == list(range(12)) for candidates in by_cell)


def test_stage_1_written_down_gives_the_logits_of_ours(benchmark):
    torch.manual_seed(0)
    ours = benchmark.Stage1Supernet((1, 1, 1), width=4).train()
    plain = benchmark.PlainStage1((1, 1, 1), width=4).train()
    plain.load_state_dict(ours.state_dict())
    images = torch.randn(2, 3, 16, 16)

    logits = plain(images, noise=False)

    torch.testing.assert_close(ours(images), logits, rtol=1e-4, atol=1e-5)


def test_a_schedule_weighs_thirteen_weight_steps_and_two_architecture_steps(benchmark):
    (mean_s,) = benchmark._schedule([1.0], [16.0])

    assert mean_s == pytest.approx((13 + 32) / 15)


def test_a_reduced_run_is_labelled_with_its_size(benchmark):
    steps = [f"{m} {s}" for m, s in (*benchmark.STAGE_2, *benchmark.STAGE_1)]
    seconds = {name: [1.0, 1.0] for name in steps}
    peaks = dict.fromkeys(benchmark.METHODS, 2**20)

    reduced = list(benchmark._figures(benchmark.REDUCED, seconds, peaks))
    full = list(benchmark._figures(benchmark.Scale(), seconds, peaks))

    assert all(figure.name.endswith("_at_4x64") for figure in reduced)
    assert not any("_at_" in figure.name for figure in full)
