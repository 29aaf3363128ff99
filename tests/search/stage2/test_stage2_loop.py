"""Stage 2 as a whole: what learns on what, where it stops and goes on, what it aims at."""

from dataclasses import replace

import pytest
import torch

from profiler.backends.torch_module import torch_module
from profiler.certificates import Calibration, Sums, sum_us
from profiler.errors import BudgetInfeasible, HnaError, RunInvalid
from profiler.space import cell_candidates, network
from search.derive import derive
from search.limits import Limit
from search.stage2 import Stage2Plan, search_operations
from search.stage2.costs import latency_costs
from search.stage2.plan import reference_plan
from search.stage2.supernet import Stage2Supernet

PLAN = Stage2Plan(warmup_epochs=1, search_epochs=3, arch_every=1, mode="two", keep=0.5, seed=3)
CALIBRATION = Calibration(scale=0.9, per_cell_us=2.0, constant_us=5.0)


class StoppedError(Exception):
    """What stops a search in these tests."""


@pytest.fixture
def limit(space, topology, table):
    """A budget in microseconds as a limit of the made-up device."""
    candidates = cell_candidates(space, topology)
    costs = latency_costs(space, topology, candidates, table, CALIBRATION)

    def of(budget_us, name="made-up"):
        return Limit(name=name, costs=costs, budget=budget_us)

    return of


@pytest.fixture
def search(space, topology, limit, train, validation, tmp_path):
    def run(plan=PLAN, folder="run", budget_us=20_000.0, on_epoch=lambda report: None, more=()):
        return search_operations(
            space,
            topology,
            [limit(budget_us), *more],
            train,
            validation,
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
    assert resumed.choice == whole.choice
    weights = zip(
        whole.supernet.state_dict().items(), resumed.supernet.state_dict().items(), strict=True
    )
    assert all(left == right and torch.equal(x, y) for (left, x), (right, y) in weights)


def test_a_finished_search_answers_from_its_checkpoint(search):
    epochs = []
    first = search()

    again = search(on_epoch=epochs.append)

    assert epochs == []
    assert again.choice == first.choice


def test_another_seed_is_another_search(search):
    first = search(folder="one")
    second = search(replace(PLAN, seed=4), "two")

    assert first.choice.scores != second.choice.scores


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
    plan = replace(PLAN, mode=mode, form="add#linear", price=100.0, arch_lr=0.1, keep=1.0)

    result = search(plan, budget_us=1e6)

    expected = [report.values["expected_us"] for report in result.history]
    assert expected[-1] < 0.95 * expected[0]


@pytest.mark.parametrize("factor", [0.8, 1.25])
def test_the_expected_latency_is_pulled_to_the_budget_from_both_sides(search, factor):
    start_us = search(folder="start").history[0].values["expected_us"]
    plan = replace(PLAN, mode="full_v2", form="add#linear_abs", price=100.0, arch_lr=0.05, keep=1.0)

    result = search(plan, folder="pulled", budget_us=factor * start_us)

    end_us = result.history[-1].values["expected_us"]
    assert abs(end_us - factor * start_us) < abs(start_us - factor * start_us) / 2


def test_the_shipped_run_can_be_asked_for():
    plan = reference_plan()

    assert (plan.warmup_epochs, plan.search_epochs, plan.arch_lr) == (1500, 100, 0.005)
    assert (plan.form, plan.price, plan.distinct) == ("add#linear", 0.1, False)
    assert (plan.mode, plan.sampling, plan.optimizer) == ("full_v2", "probability", "adagrad")
    assert (plan.keep, plan.swaps, plan.target_prior) == (1.0, False, None)


@pytest.mark.parametrize(
    "wrong", [{"search_epochs": 0}, {"arch_every": 0}, {"warmup_epochs": -1}, {"lr": 0}]
)
def test_a_number_that_cannot_be_is_refused(wrong):
    with pytest.raises(HnaError, match=next(iter(wrong))):
        Stage2Plan(**wrong)


def test_a_network_derived_from_a_search_meets_the_budget(search, space, topology, table, limit):
    budget_us = 1.2 * limit(1e9).costs.smallest

    derived = derive(search(budget_us=budget_us).choice)

    chosen = network(space, topology, derived.candidates)
    predicted_us = CALIBRATION.predict(Sums(sum_us=sum_us(table, chosen), cells=len(chosen.cells)))
    assert derived.predicted["made-up"] == pytest.approx(predicted_us)
    assert predicted_us <= budget_us


def test_a_constraint_is_met_by_the_expected_latency_of_the_search(search, limit):
    budget_us = 1.5 * limit(1e9).costs.smallest
    plan = replace(PLAN, search_epochs=8, arch_lr=0.2, dual_lr=1.0, keep=1.0)

    result = search(plan, budget_us=budget_us)

    first, last = result.history[0].values, result.history[-1].values
    assert first["excess"] > 0.2
    assert last["excess"] < first["excess"] / 3
    assert max(report.values["multiplier"] for report in result.history) > 0


def test_candidates_are_dropped_until_the_share_that_is_kept_is_left(
    search, limit, space, topology
):
    budget_us = 1.3 * limit(1e9).costs.smallest

    result = search(budget_us=budget_us)

    all_of_them = cell_candidates(space, topology)
    left = {place: len(names) for place, names in result.choice.candidates.items()}
    assert left == {place: round(0.5 * len(names)) for place, names in all_of_them.items()}
    entropies = [report.values["entropy_nats"] for report in result.history]
    assert entropies == sorted(entropies, reverse=True)
    assert derive(result.choice).predicted["made-up"] <= budget_us


def test_one_network_keeps_the_budgets_of_two_devices(search, limit):
    smallest = limit(1e9).costs.smallest

    result = search(budget_us=3 * smallest, more=[limit(1.1 * smallest, "slower")])

    predicted = derive(result.choice).predicted
    assert predicted["made-up"] <= 3 * smallest
    assert predicted["slower"] <= 1.1 * smallest


def test_the_derived_network_inherits_the_weights_of_its_candidates(search, space, topology):
    result = search()
    chosen = derive(result.choice).candidates

    module = torch_module(network(space, topology, chosen))
    missing = module.load_state_dict(result.supernet.weights_of(chosen))

    assert not missing.missing_keys
    assert not missing.unexpected_keys


def test_a_budget_no_network_meets_is_refused_before_anything_is_learned(search):
    reports = []

    with pytest.raises(BudgetInfeasible) as refusal:
        search(budget_us=1.0, on_epoch=reports.append)

    assert refusal.value.smallest > 1.0
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


def test_costs_of_a_search_are_calibrated_latencies(space, topology, table):
    candidates = cell_candidates(space, topology)

    costs = latency_costs(space, topology, candidates, table, CALIBRATION)

    slowest = {p: candidates[p][row.index(max(row))] for p, row in costs.cells.items()}
    whole = network(space, topology, slowest)
    expected = CALIBRATION.predict(Sums(sum_us=sum_us(table, whole), cells=len(whole.cells)))
    assert costs.largest == pytest.approx(expected)
