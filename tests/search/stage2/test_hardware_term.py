"""The hardware term: expected cost, its gradient, and what it refuses."""

import os
from dataclasses import replace
from pathlib import Path
from time import thread_time

import pytest
import torch

from profiler.certificates import Calibration
from profiler.errors import EntryMissing, HnaError, TableMismatch
from profiler.operations import operation_key
from profiler.space import Topology, cell_candidates, named_space, read_gene, space_operations
from search.limits import Costs, Limit
from search.stage2.architecture import Architecture
from search.stage2.costs import conv_weight_costs, latency_costs, mac_costs
from search.stage2.hardware import HardwareTerm
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


def term_of(costs, budget, plan, *more):
    limits = [Limit(name="board", costs=costs, budget=budget), *more]
    return HardwareTerm(limits, plan)


def one_cell(*costs, fixed=0.0):
    return Costs(cells={(0, 0): costs}, fixed=fixed)


def test_uniform_alpha_expects_the_macs_of_the_specification(shipped):
    term = term_of(mac_costs(*shipped), 1e9, Stage2Plan())

    (expected,) = term.expected(uniform(shipped[2]))

    assert round(float(expected)) == 8_257_011_712


def test_uniform_alpha_expects_the_convolution_weights_of_the_specification(shipped):
    term = term_of(conv_weight_costs(*shipped), 1e6, Stage2Plan())

    (expected,) = term.expected(uniform(shipped[2]))

    assert round(float(expected)) == 1_226_110


def test_a_duplicate_candidate_is_no_second_choice_in_a_new_search(shipped):
    space, topology, _ = shipped

    candidates = cell_candidates(space, topology)

    names = [name for name in space.candidates if "GroupConv" not in name]
    assert candidates[(0, 0)] == tuple(names)  # three channels have no groups of 2, 4 or 8
    assert candidates[(0, 1)] == space.candidates


def test_the_gradient_of_the_expected_latency_is_that_of_a_softmax(space, topology, table):
    candidates = cell_candidates(space, topology)
    costs = latency_costs(space, topology, candidates, table, Calibration(scale=2.0))
    architecture = Architecture([len(names) for names in candidates.values()])
    probabilities = architecture.probabilities()

    term_of(costs, 1e6, Stage2Plan()).expected(probabilities).sum().backward()

    first = torch.tensor(next(iter(costs.cells.values())), dtype=torch.float64)
    p = probabilities.detach()[0][: len(first)].double()
    by_hand = p * (first - (p * first).sum())
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
    term = term_of(one_cell(10.0, 30.0, fixed=30.0), 100.0, Stage2Plan(form=form, price=0.1))
    expected = term.expected(torch.tensor([[0.5, 0.5]]))

    joined = term.objective(torch.tensor(0.5), expected)

    assert expected.tolist() == [50]
    assert float(joined) == pytest.approx(objective, rel=1e-5)


def test_a_multiplier_grows_over_the_budget_and_never_falls_below_zero():
    term = term_of(one_cell(10.0, 30.0), 10.0, Stage2Plan(form="constraint", dual_lr=0.5))
    slow, fast = torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, 0.0]])

    term.adapt(term.expected(slow))  # 30 is two budgets over 10
    grown = term.multipliers.tolist()
    term.adapt(term.expected(fast) - 5)  # half a budget under it
    shrunk = term.multipliers.tolist()
    for _ in range(9):
        term.adapt(term.expected(fast) - 5)

    assert grown == [0.5 * 2]
    assert shrunk == [0.5 * 2 - 0.5 * 0.5]
    assert term.multipliers.tolist() == [0]


def test_only_the_budget_that_is_exceeded_weighs(space):
    kept = Limit(name="other", costs=one_cell(1.0, 1.0), budget=10.0)
    term = term_of(one_cell(10.0, 30.0), 10.0, Stage2Plan(form="constraint", dual_lr=0.5), kept)
    expected = term.expected(torch.tensor([[0.5, 0.5]]))

    term.adapt(expected)

    assert expected.tolist() == [20, 1]
    assert term.multipliers.tolist() == [0.5 * 1, 0]
    assert float(term.objective(torch.tensor(0.25), expected)) == 0.25 + 0.5 * 1


def test_headroom_lowers_what_is_aimed_at():
    limit = Limit(name="board", costs=one_cell(10.0), budget=11.0, headroom=1.1)
    term = HardwareTerm([limit], Stage2Plan(form="add#linear", price=1.0))

    objective = term.objective(torch.tensor(0.0), term.expected(torch.tensor([[1.0]])))

    assert float(objective) == pytest.approx(0)


def test_every_missing_row_is_named(space, topology, table_of):
    operations = space_operations(space, topology)
    candidates = cell_candidates(space, topology)

    with pytest.raises(EntryMissing) as refusal:
        latency_costs(space, topology, candidates, table_of(operations[:-2]), Calibration())

    assert set(refusal.value.keys) == {operation_key(o) for o in operations[-2:]}


def test_a_table_of_another_resolution_is_refused_by_its_sizes(space, topology, table):
    larger = replace(space, height=64, width=48)

    with pytest.raises(TableMismatch, match=r"1 x 32x32 .* asks for 1 x 64x48"):
        latency_costs(larger, topology, cell_candidates(larger, topology), table, Calibration())


def test_a_table_of_another_batch_is_refused(space, topology, table):
    batched = replace(space, batch=4)

    with pytest.raises(TableMismatch, match="asks for 4 x 32x32"):
        latency_costs(batched, topology, cell_candidates(batched, topology), table, Calibration())


def test_a_budget_whose_logarithm_is_not_positive_is_refused():
    with pytest.raises(HnaError, match=r"a budget of 1\.0"):
        term_of(one_cell(0.5), 1.0, Stage2Plan(form="mul#log"))


def test_a_search_without_a_limit_is_refused():
    with pytest.raises(HnaError, match="at least one limit"):
        HardwareTerm([], Stage2Plan())


def test_the_term_of_the_full_space_takes_under_two_milliseconds(shipped):
    term = term_of(mac_costs(*shipped), 1e9, Stage2Plan())
    architecture = Architecture([12] * 12)
    loss = torch.tensor(0.5)

    def step():
        began = thread_time()
        objective = term.objective(loss, term.expected(architecture.probabilities()))
        torch.autograd.grad(objective, architecture.alpha)
        return thread_time() - began

    assert min(step() for _ in range(20)) < 2e-3
