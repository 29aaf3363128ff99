"""Stage 2 as a whole: what learns on what, where it stops and goes on, what it aims at."""

from dataclasses import replace

import pytest
import torch

from profiler.backends.torch_module import torch_module
from profiler.errors import BudgetInfeasible, HnaError, RunInvalid
from profiler.estimation import Calibration, sum_us
from search.derive import derive
from search.space import cell_candidates, network
from search.stage2 import Stage2Plan, search_operations
from search.stage2.hardware import latency_choices
from search.stage2.plan import reference_plan
from search.stage2.supernet import Stage2Supernet

PLAN = Stage2Plan(warmup_epochs=1, search_epochs=3, arch_every=1, mode="two", seed=3)
CALIBRATION = Calibration(scale=0.9, per_cell_us=2.0, constant_us=5.0)


class StoppedError(Exception):
    """What stops a search in these tests."""


@pytest.fixture
def search(space, topology, table, train, validation, tmp_path):
    def run(plan=PLAN, folder="run", budget_us=20_000.0, on_epoch=lambda report: None):
        return search_operations(
            space,
            topology,
            table,
            CALIBRATION,
            train,
            validation,
            budget_us,
            plan,
            run=tmp_path / folder,
            on_epoch=on_epoch,
        )

    return run


def interrupt_after(epoch):
    def stop(report):
        if report.epoch == epoch:
            raise StoppedError

    return stop


@pytest.mark.parametrize("mode", ["two", "full_v2"])
def test_a_search_that_was_interrupted_ends_as_one_that_was_not(search, mode):
    plan = replace(PLAN, mode=mode)
    whole = search(plan, "whole")

    with pytest.raises(StoppedError):
        search(plan, "broken", on_epoch=interrupt_after(2))
    resumed = search(plan, "broken")

    assert resumed.history == whole.history
    assert resumed.log_probabilities == whole.log_probabilities
    weights = zip(
        whole.supernet.state_dict().items(), resumed.supernet.state_dict().items(), strict=True
    )
    assert all(left == right and torch.equal(x, y) for (left, x), (right, y) in weights)


def test_a_finished_search_answers_from_its_checkpoint(search):
    epochs = []
    first = search()

    again = search(on_epoch=epochs.append)

    assert epochs == []
    assert again.log_probabilities == first.log_probabilities


def test_another_seed_is_another_search(search):
    first = search(folder="one")
    second = search(replace(PLAN, seed=4), "two")

    assert first.log_probabilities != second.log_probabilities


def test_a_checkpoint_of_another_search_is_refused(search):
    search()

    with pytest.raises(RunInvalid, match="other settings"):
        search(budget_us=30_000.0)


def test_alpha_stays_put_in_the_warm_up(search):
    plan = replace(PLAN, warmup_epochs=2)
    reports = []

    search(plan, on_epoch=reports.append)

    entropies = [report.values["entropy_nats"] for report in reports]
    assert entropies[0] == entropies[1] != entropies[2]
    assert ["validation_loss" in report.values for report in reports] == [False] * 2 + [True] * 3


@pytest.mark.parametrize("mode", ["full", "full_v2", "two"])
def test_a_price_that_outweighs_the_loss_makes_networks_faster(search, mode):
    plan = replace(PLAN, mode=mode, form="add#linear", price=100.0, arch_lr=0.1)

    result = search(plan, budget_us=1e6)

    expected = [report.values["expected_us"] for report in result.history]
    assert expected[-1] < 0.95 * expected[0]


@pytest.mark.parametrize("factor", [0.8, 1.25])
def test_the_expected_latency_is_pulled_to_the_budget_from_both_sides(search, factor):
    start_us = search(folder="start").history[0].values["expected_us"]
    plan = replace(PLAN, mode="full_v2", price=100.0, arch_lr=0.05)

    result = search(plan, folder="pulled", budget_us=factor * start_us)

    end_us = result.history[-1].values["expected_us"]
    assert abs(end_us - factor * start_us) < abs(start_us - factor * start_us) / 2


def test_the_shipped_run_can_be_asked_for():
    plan = reference_plan()

    assert (plan.warmup_epochs, plan.search_epochs, plan.arch_lr) == (1500, 100, 0.005)
    assert (plan.form, plan.price, plan.distinct) == ("add#linear", 0.1, False)


@pytest.mark.parametrize(
    "wrong", [{"search_epochs": 0}, {"arch_every": 0}, {"warmup_epochs": -1}, {"lr": 0}]
)
def test_a_number_that_cannot_be_is_refused(wrong):
    with pytest.raises(HnaError, match=next(iter(wrong))):
        Stage2Plan(**wrong)


def test_a_network_derived_from_a_search_meets_the_budget(search, space, topology, table):
    result = search()
    budget_us = 1.2 * result.choices.smallest_us

    derived = derive(result.choices, budget_us)

    chosen = network(space, topology, derived.candidates)
    predicted_us = CALIBRATION.predict_us(sum_us(table, chosen), len(chosen.cells))
    assert derived.predicted_us == pytest.approx(predicted_us)
    assert predicted_us <= budget_us


def test_the_derived_network_inherits_the_weights_of_its_candidates(search, space, topology):
    result = search()
    chosen = derive(result.choices, 1e9).candidates

    module = torch_module(network(space, topology, chosen))
    missing = module.load_state_dict(result.supernet.weights_of(chosen))

    assert not missing.missing_keys
    assert not missing.unexpected_keys


def test_a_budget_no_network_meets_is_refused_before_anything_is_learned(search):
    reports = []

    with pytest.raises(BudgetInfeasible) as refusal:
        search(budget_us=1.0, on_epoch=reports.append)

    assert refusal.value.smallest_us > 1.0
    assert reports == []


def test_a_search_that_diverges_says_so(search):
    with pytest.raises(HnaError, match="diverged"):
        search(replace(PLAN, lr=float("inf")))


def test_an_architecture_step_leaves_no_trace_of_validation_images(space, topology):
    supernet = Stage2Supernet(space, topology, cell_candidates(space, topology)).train()
    before = {name: x.clone() for name, x in supernet.state_dict().items()}
    path = supernet.architecture.full_path(torch.Generator().manual_seed(0))

    with supernet.frozen_statistics():
        supernet(torch.randn(2, 3, 32, 32), path, in_memory=False).sum().backward()

    assert all(torch.equal(before[name], x) for name, x in supernet.state_dict().items())


def test_the_supernet_on_one_path_computes_what_the_derived_network_computes(
    space, topology, table
):
    candidates = cell_candidates(space, topology)
    supernet = Stage2Supernet(space, topology, candidates).eval()
    chosen = {place: names[-1] for place, names in candidates.items()}
    derived = torch_module(network(space, topology, chosen)).eval()
    derived.load_state_dict(supernet.weights_of(chosen))
    involved = torch.zeros_like(supernet.architecture.valid)
    active = [len(names) - 1 for names in candidates.values()]
    involved[range(len(active)), active] = True
    path = supernet.architecture.path_through(involved, torch.Generator(), active)
    image = torch.randn(1, 3, 32, 32)

    with torch.no_grad():
        logits, expected = supernet(image, path), derived(image)

    torch.testing.assert_close(logits, expected, rtol=1e-5, atol=1e-6)


def test_only_the_drawn_candidates_learn_in_a_weight_step(space, topology):
    supernet = Stage2Supernet(space, topology, cell_candidates(space, topology))
    path = supernet.architecture.weight_path(torch.Generator().manual_seed(0))

    supernet(torch.randn(2, 3, 32, 32), path).sum().backward()

    for edge, active in zip(supernet.edges, path.active, strict=True):
        for index, candidate in enumerate(edge):
            touched = any(p.grad is not None for p in candidate.parameters())
            assert touched == (index == active)


def test_choices_of_a_search_carry_calibrated_latencies(space, topology, table):
    candidates = cell_candidates(space, topology)

    choices = latency_choices(space, topology, candidates, table, CALIBRATION)

    slowest = {c.place: c.names[c.latencies_us.index(max(c.latencies_us))] for c in choices.cells}
    whole = network(space, topology, slowest)
    total = choices.fixed_us + sum(max(c.latencies_us) for c in choices.cells)
    expected = CALIBRATION.predict_us(sum_us(table, whole), len(whole.cells))
    assert total == pytest.approx(expected)
