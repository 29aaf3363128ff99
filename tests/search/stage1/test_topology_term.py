"""The expected latency of a topology, its gradient, and how it enters the objective."""

import random

import pytest
import torch

from profiler.errors import BudgetInfeasible, HnaError
from profiler.space import Topology, grid
from search.stage1.plan import Stage1Plan, reference_plan
from search.stage1.selection import (
    alpha_shape,
    gene_of,
    kept_probabilities,
    probable_picks,
)
from search.stage1.term import TopologyTerm

DECIDED = 1e4


def alphas_of(value, levels=3):
    return {place: value(place, alpha_shape(place, levels)) for place in grid(levels)}


def drawn(generator):
    """Selection matrices each column of which is decided, at random."""

    def value(_, shape):
        alpha = torch.zeros(shape)
        for column in range(shape[1]):
            alpha[generator.randrange(shape[0]), column] = DECIDED
        return alpha

    return alphas_of(value)


@pytest.mark.parametrize("keep_x", [True, False])
def test_of_decided_selections_the_expected_latency_is_that_of_their_topology(costs, keep_x):
    generator = random.Random(0)
    term = TopologyTerm(costs, Stage1Plan(keep_x=keep_x))

    for _ in range(100):
        alphas = drawn(generator)
        topology = Topology.from_picks(gene_of(alphas, keep_x=keep_x).picks)
        expected = float(term.expected_us(alphas, 1.0))
        assert expected == pytest.approx(costs.topology_us(topology), rel=1e-5)


def test_of_undecided_selections_it_is_near_the_mean_of_what_they_draw(costs):
    plan = Stage1Plan()
    generator = torch.Generator().manual_seed(0)
    alphas = alphas_of(lambda _, shape: torch.randn(shape, generator=generator))

    def draw(alpha):
        columns = torch.softmax(alpha, dim=0).T
        picked = torch.multinomial(columns, 1, generator=generator).flatten()
        return tuple(sorted(picked.tolist()))

    drawn_us = [
        costs.topology_us(Topology.from_picks(gene_of(alphas, keep_x=True, pick=draw).picks))
        for _ in range(400)
    ]

    expected = float(TopologyTerm(costs, plan).expected_us(alphas, 1.0))
    assert expected == pytest.approx(sum(drawn_us) / len(drawn_us), rel=0.03)


def test_the_gradient_is_that_of_finite_differences(costs):
    generator = torch.Generator().manual_seed(1)
    alphas = alphas_of(lambda _, shape: torch.randn(shape, generator=generator).requires_grad_())
    term = TopologyTerm(costs, Stage1Plan())
    term.expected_us(alphas, 1.0).backward()

    entry = alphas[(1, 1)]
    with torch.no_grad():
        entry[2, 0] += 0.05
        above = float(term.expected_us(alphas, 1.0))
        entry[2, 0] -= 0.1
        below = float(term.expected_us(alphas, 1.0))

    assert float(entry.grad[2, 0]) == pytest.approx((above - below) / 0.1, rel=0.02)


def test_an_input_is_kept_if_any_column_picks_it():
    alpha = torch.log(torch.tensor([[0.5, 0.2], [0.25, 0.2], [0.25, 0.6]]))

    kept = kept_probabilities(alpha, 1.0)

    expected = [1 - 0.5 * 0.8, 1 - 0.75 * 0.8, 1 - 0.75 * 0.4]
    assert kept.tolist() == pytest.approx(expected, rel=1e-5)
    assert kept_probabilities(alpha, 1.0, keep_x=True).tolist()[-1] == 1


def test_what_an_undecided_column_picks_by_a_hair_is_removed():
    alpha = torch.tensor([[9.0, 0.0], [0.0, 0.0], [0.0, 0.1], [0.0, 0.0]])

    assert probable_picks(alpha, 1.0, 0.5) == (0,)
    assert probable_picks(alpha, 0.01, 0.5) == (0, 2)  # cold, the second column has decided


def test_the_most_probable_input_remains_however_improbable():
    alpha = torch.tensor([[0.0], [0.3], [0.0]])

    assert probable_picks(alpha, 1.0, 0.9) == (1,)


def test_a_price_is_of_the_whole_meta_architecture(costs):
    term = TopologyTerm(costs, Stage1Plan(form="price", price=0.2))

    objective = term.objective(torch.tensor(0.5), torch.tensor(0.75 * costs.whole_us))

    assert float(objective) == pytest.approx(0.5 + 0.2 * (0.75 - 1))


def test_a_constraint_presses_while_the_budget_is_exceeded_and_remembers(costs):
    plan = Stage1Plan(budget_share=0.5, penalty=0.1, multiplier_lr=0.01)
    term = TopologyTerm(costs, plan)
    loss, above = torch.tensor(0.5), torch.tensor(0.75 * costs.whole_us)  # 50 % over

    first = float(term.objective(loss, above))
    term.ascend(above)
    second = float(term.objective(loss, above))

    assert first == pytest.approx(0.5 + (0.1 * 0.5) * 0.5)
    assert float(term.multiplier) == pytest.approx(0.01 * 0.5)
    assert second == pytest.approx(0.5 + (0.005 + 0.1 * 0.5) * 0.5)


def test_a_constraint_that_is_met_presses_no_more(costs):
    term = TopologyTerm(costs, Stage1Plan(budget_share=0.5, penalty=0.1))
    below = torch.tensor(0.25 * costs.whole_us)

    term.ascend(below)

    assert float(term.multiplier) == 0
    assert float(term.objective(torch.tensor(0.5), below)) == 0.5


def test_a_budget_below_x_alone_is_refused_with_the_smallest(costs):
    with pytest.raises(BudgetInfeasible) as refusal:
        TopologyTerm(costs, Stage1Plan(hardware="latency", budget_share=0.01))

    assert refusal.value.smallest == costs.smallest_us


def test_the_reference_prices_nothing():
    assert reference_plan().hardware == "none"
    assert reference_plan().removal == "argmax"


@pytest.mark.parametrize("keep_above", [0.0, 1.0])
def test_a_threshold_that_is_no_probability_is_refused(keep_above):
    with pytest.raises(HnaError, match="keep_above"):
        Stage1Plan(keep_above=keep_above)
