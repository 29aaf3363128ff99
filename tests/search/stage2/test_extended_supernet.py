"""The supernet beyond the paper's space: reduced inputs, narrow blocks and the identity."""

from dataclasses import replace

import pytest
import torch

from profiler.backends.torch_module import torch_module
from profiler.operations import EXTENDED_CANDIDATES
from profiler.space import Topology, cell_candidates, network
from search.stage2.supernet import Stage2Supernet

NEW = EXTENDED_CANDIDATES[12:]

LAST_READS_ONE = Topology.from_picks({(1, 0): (0, 2), (1, 1): (1, 2), (2, 0): (0,)})
"""Cell (2, 0) reads (1, 0) alone, which has its width: there an identity does nothing."""


@pytest.fixture(params=[False, True], ids=["plain", "reduced"])
def extended(request, space):
    return replace(space, candidates=("3x3_MBConv2", *NEW), reduced=request.param)


def path_of(supernet, chosen):
    """Return the path on which every cell is what is *chosen* for it."""
    active = [supernet.candidates[p].index(name) for p, name in chosen.items()]
    return supernet.architecture.path_through(
        supernet.architecture.valid, torch.Generator(), active
    )


@pytest.mark.parametrize("name", NEW)
@pytest.mark.parametrize("training", [False, True], ids=["evaluating", "training"])
def test_one_path_computes_what_the_derived_network_computes(extended, topology, name, training):
    candidates = cell_candidates(extended, topology)
    supernet = Stage2Supernet(extended, topology, candidates).train(training)
    chosen = dict.fromkeys(candidates, name)
    derived = torch_module(network(extended, topology, chosen)).train(training)
    derived.load_state_dict(supernet.weights_of(chosen))
    image = torch.randn(2, 3, 32, 32)

    with torch.no_grad():
        logits, expected = supernet(image, path_of(supernet, chosen)), derived(image)

    assert logits.std() > 0
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-5)


def test_the_weights_of_the_derived_network_hold_what_reduces_its_inputs(space, topology):
    reduced = replace(space, reduced=True)
    supernet = Stage2Supernet(reduced, topology, cell_candidates(reduced, topology))

    names = supernet.weights_of(dict.fromkeys(topology.places, "3x3_ResConv"))

    # In UNet++ cell (i, j) reads level j + 1 second; there it reads twice its own channels.
    assert sorted(name for name in names if name.endswith(".conv.weight") and "reduce" in name) == [
        "cell_1_0.reduce1.conv.weight",
        "cell_1_1.reduce1.conv.weight",
        "cell_2_0.reduce1.conv.weight",
    ]
    assert names["cell_1_1.reduce1.conv.weight"].shape == (8, 16, 1, 1)


def test_what_reduces_an_input_learns_whichever_candidate_is_drawn(space, topology):
    reduced = replace(space, reduced=True)
    supernet = Stage2Supernet(reduced, topology, cell_candidates(reduced, topology))
    generator = torch.Generator().manual_seed(0)

    for _ in range(3):
        supernet.zero_grad()
        path = supernet.architecture.weight_path(generator)
        supernet(torch.randn(2, 3, 32, 32), path).sum().backward()

        assert all(p.grad is not None for p in supernet.reductions.parameters())


def test_a_plain_space_has_nothing_that_reduces(space, topology):
    supernet = Stage2Supernet(space, topology, cell_candidates(space, topology))

    assert list(supernet.reductions.parameters()) == []
    assert not any("reduc" in name for name in supernet.state_dict())


def test_an_architecture_step_leaves_no_trace_in_what_reduces(space, topology):
    reduced = replace(space, reduced=True)
    supernet = Stage2Supernet(reduced, topology, cell_candidates(reduced, topology)).train()
    before = {name: x.clone() for name, x in supernet.state_dict().items()}
    path = supernet.architecture.full_path(torch.Generator().manual_seed(0))

    with supernet.frozen_statistics():
        supernet(torch.randn(2, 3, 32, 32), path, in_memory=False).sum().backward()

    assert all(torch.equal(before[name], x) for name, x in supernet.state_dict().items())


@pytest.mark.parametrize("active", ["Identity", "3x3_ResConv_half"])
def test_an_identity_that_does_nothing_has_the_same_gates_in_memory_or_recomputed(space, active):
    extended = replace(space, candidates=("Identity", "3x3_ResConv_half"), reduced=True)
    candidates = cell_candidates(extended, LAST_READS_ONE)
    supernet = Stage2Supernet(extended, LAST_READS_ONE, candidates).train()
    image = torch.randn(2, 3, 32, 32)
    gradients = []

    for in_memory in (True, False):
        supernet.zero_grad()
        path = path_of(supernet, dict.fromkeys(candidates, active))
        with supernet.frozen_statistics():
            supernet(image, path, in_memory=in_memory).square().mean().backward()
        gradients.append(supernet.architecture.alpha.grad.clone())

    last = list(candidates).index((2, 0))
    assert not list(supernet.edges[last][0].parameters())
    assert gradients[0].abs().sum() > 0
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-4, atol=1e-6)
