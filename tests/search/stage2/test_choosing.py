"""What a supernet says of its candidates, and the networks drawn from that."""

from dataclasses import replace

import pytest
import torch

from profiler.space import cell_candidates
from search.data.batches import test_batches as plain_batches
from search.derive import derive
from search.limits import Costs, Limit
from search.stage2 import Stage2Plan, drawn, scored, search_operations
from search.stage2.ranking import Judge


@pytest.fixture
def result(space, topology, train, validation, tmp_path):
    candidates = cell_candidates(space, topology)
    costs = Costs(cells={p: tuple(range(1, len(n) + 1)) for p, n in candidates.items()}, fixed=1)
    limit = Limit(name="board", costs=costs, budget=0.6 * costs.largest)
    plan = Stage2Plan(warmup_epochs=1, search_epochs=1, arch_every=1)
    return search_operations(space, topology, [limit], train, validation, plan, run=tmp_path)


@pytest.fixture
def held_out(scenes):
    return plain_batches(scenes.validation, size=32, batch=2, normalisation=scenes.normalisation)


def test_a_candidate_is_scored_by_the_loss_it_spares_in_the_network_of_base_network(
    result, train, held_out
):
    tried = []

    seen = scored(result, train, held_out, on_swap=lambda done, total: tried.append((done, total)))

    candidates = result.choice.candidates
    base = {p: "3x3_ResConv" if "3x3_ResConv" in n else n[0] for p, n in candidates.items()}
    judge = Judge(result.supernet, train, held_out)
    place = result.supernet.topology.places[0]
    other = next(k for k, name in enumerate(candidates[place]) if name != base[place])
    swapped = judge({**base, place: candidates[place][other]})
    assert seen.base == judge(base)
    assert seen.choice.scores[place][other] == pytest.approx(seen.base.loss - swapped.loss)
    assert seen.choice.scores[place][candidates[place].index(base[place])] == 0
    total = sum(map(len, candidates.values()))
    assert tried == [(done, total) for done in range(1, total + 1)]


def test_judging_depends_on_no_network_judged_before(result, train, held_out):
    judge = Judge(result.supernet, train, held_out)
    candidates = result.choice.candidates
    first = {place: names[0] for place, names in candidates.items()}
    last = {place: names[-1] for place, names in candidates.items()}

    alone = judge(first)
    judge(last)

    assert judge(first) == alone


def test_judging_moves_no_weight_and_leaves_the_momentum_as_it_was(result, train, held_out):
    weights = [w.detach().clone() for w in result.supernet.parameters()]

    Judge(result.supernet, train, held_out)(derive(result.choice).candidates)

    assert all(
        torch.equal(x, y) for x, y in zip(weights, result.supernet.parameters(), strict=True)
    )
    norms = [m for m in result.supernet.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert {norm.momentum for norm in norms} == {0.1}


def test_the_networks_drawn_are_different_and_keep_the_budget(result):
    networks = drawn(result.choice, 6, spread=1.0, seed=0)

    assert len({tuple(each.candidates.values()) for each in networks}) == 6
    assert networks[0] == derive(result.choice)
    assert all(each.predicted["board"] <= result.choice.limits[0].budget for each in networks)


def test_no_more_networks_are_drawn_than_there_are(result):
    place = next(iter(result.choice.candidates))
    names = result.choice.candidates[place][:2]
    single = replace(
        result.choice, candidates={place: names}, scores={place: (0.0, 0.0)}, limits=()
    )

    networks = drawn(single, 6, spread=1.0, seed=0)

    assert len(networks) == 2
