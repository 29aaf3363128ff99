"""The hardware term: expected cost, its gradient, and what it refuses."""

import os
from dataclasses import replace
from pathlib import Path
from time import thread_time

import pytest
import torch

from profiler.errors import EntryMissing, HnaError, TableMismatch
from profiler.estimation import Calibration
from profiler.operations import operation_key
from search.space import Topology, cell_candidates, named_space, read_gene, space_operations
from search.stage2.architecture import Architecture
from search.stage2.hardware import (
    ExpectedCost,
    expected_conv_weights,
    expected_latency,
    expected_macs,
    hardware_term,
    latency_choices,
)
from search.stage2.plan import Stage2Plan

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("HNA_DATA", ROOT.parent / "shared" / "data")).parent
GENE = SHARED / "spec" / "golden" / "fixtures" / "phase1_gene.txt"


@pytest.fixture
def shipped():
    """The shipped space and topology, all twelve candidates in every cell."""
    if not GENE.exists():
        pytest.skip(f"the shipped gene is not there: {GENE}")
    space = named_space("two", "resnet_18")
    topology = Topology.from_picks(read_gene(GENE).picks, "compat")
    return space, topology, cell_candidates(space, topology, distinct=False)


def uniform(candidates):
    architecture = Architecture([len(names) for names in candidates.values()]).double()
    torch.nn.init.zeros_(architecture.alpha)
    return architecture.probabilities().detach()


def test_uniform_alpha_expects_the_macs_of_the_specification(shipped):
    expected = expected_macs(*shipped)(uniform(shipped[2]))

    assert round(float(expected)) == 8_257_011_712


def test_uniform_alpha_expects_the_convolution_weights_of_the_specification(shipped):
    expected = expected_conv_weights(*shipped)(uniform(shipped[2]))

    assert round(float(expected)) == 1_226_110


def test_a_duplicate_candidate_is_no_second_choice_in_a_new_search(shipped):
    space, topology, _ = shipped

    candidates = cell_candidates(space, topology)

    names = [name for name in space.candidates if "GroupConv" not in name]
    assert candidates[(0, 0)] == tuple(names)  # three channels have no groups of 2, 4 or 8
    assert candidates[(0, 1)] == space.candidates


def test_the_gradient_of_the_expected_latency_is_that_of_a_softmax(space, topology, table):
    candidates = cell_candidates(space, topology)
    choices = latency_choices(space, topology, candidates, table, Calibration(scale=2.0))
    architecture = Architecture([len(names) for names in candidates.values()])
    probabilities = architecture.probabilities()

    expected_latency(choices)(probabilities).backward()

    p = probabilities.detach()[0][: len(choices.cells[0].names)].double()
    costs = torch.tensor(choices.cells[0].latencies_us, dtype=torch.float64)
    by_hand = p * (costs - (p * costs).sum())
    torch.testing.assert_close(
        architecture.alpha.grad[0][: len(p)].double(), by_hand, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize(
    ("form", "objective"),
    [
        ("add#linear", 0.5 + 0.1 * (50 - 100) / 100),
        ("add#linear_abs", 0.5 + 0.1 * (100 - 50) / 100),
        ("mul#log", 0.2 * 0.5 * (1.6989700043 / 2) ** 0.3),  # log10 50 = 1.69897, log10 100 = 2
    ],
)
def test_each_form_joins_loss_and_latency_as_the_specification_says(form, objective):
    cost = ExpectedCost(costs=torch.tensor([[10.0, 30.0]], dtype=torch.float64), fixed=30.0)
    term = hardware_term(cost, 100.0, Stage2Plan(form=form, price=0.1))
    expected = term.expected(torch.tensor([[0.5, 0.5]]))

    joined = term.objective(torch.tensor(0.5), expected)

    assert float(expected) == 50
    assert float(joined) == pytest.approx(objective, rel=1e-5)


def test_every_missing_row_is_named(space, topology, table_of):
    operations = space_operations(space, topology)
    candidates = cell_candidates(space, topology)

    with pytest.raises(EntryMissing) as refusal:
        latency_choices(space, topology, candidates, table_of(operations[:-2]), Calibration())

    assert set(refusal.value.keys) == {operation_key(o) for o in operations[-2:]}


def test_a_table_of_another_resolution_is_refused_by_its_sizes(space, topology, table):
    larger = replace(space, height=64, width=48)

    with pytest.raises(TableMismatch, match=r"1 x 32x32 .* asks for 1 x 64x48"):
        latency_choices(larger, topology, cell_candidates(larger, topology), table, Calibration())


def test_a_table_of_another_batch_is_refused(space, topology, table):
    batched = replace(space, batch=4)

    with pytest.raises(TableMismatch, match="asks for 4 x 32x32"):
        latency_choices(batched, topology, cell_candidates(batched, topology), table, Calibration())


@pytest.mark.parametrize(("form", "budget_us"), [("add#linear", 0.0), ("mul#log", 1.0)])
def test_a_budget_the_objective_divides_by_must_be_positive(form, budget_us):
    cost = ExpectedCost(costs=torch.ones(1, 1), fixed=0.0)

    with pytest.raises(HnaError, match="budget"):
        hardware_term(cost, budget_us, Stage2Plan(form=form))


def test_the_term_of_the_full_space_takes_under_two_milliseconds(shipped):
    term = hardware_term(expected_macs(*shipped), 1e9, Stage2Plan())
    architecture = Architecture([12] * 12)
    loss = torch.tensor(0.5)

    def step():
        began = thread_time()
        objective = term.objective(loss, term.expected(architecture.probabilities()))
        torch.autograd.grad(objective, architecture.alpha)
        return thread_time() - began

    assert min(step() for _ in range(20)) < 2e-3
