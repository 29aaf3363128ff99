"""Mixed edges against the reference's own: outputs and gradients of one 16 to 8 edge, M = 2."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from profiler.backends.torch_module import torch_module
from profiler.operations import DEFAULT_CANDIDATES, Position, candidate_at
from search.reference.networks import candidate_parameter
from search.stage2.architecture import Architecture
from search.stage2.mixed_edge import MixedEdge

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("HNA_DATA", ROOT.parent / "shared" / "data")).parent
GOLDEN = SHARED / "spec" / "golden" / "mixed_edge_16to8_M2.npz"


@pytest.fixture(scope="module")
def golden():
    if not GOLDEN.exists():
        pytest.skip(f"the reference tensors are not there: {GOLDEN}")
    with np.load(GOLDEN) as arrays:
        return {name: torch.from_numpy(arrays[name]) for name in arrays.files if name != "ops"}


@pytest.fixture
def edge(golden):
    position = Position(channels_in=16, channels_out=8, height=12, width=12, blocks=2)
    edge = MixedEdge(torch_module(candidate_at(name, position)) for name in DEFAULT_CANDIDATES)
    for index, candidate in enumerate(edge):
        prefix = f"sd/candidate_ops.{index}."
        state = {
            candidate_parameter(name.removeprefix(prefix)): tensor
            for name, tensor in golden.items()
            if name.startswith(prefix)
        }
        candidate.load_state_dict(state)
    return edge.train()


@pytest.fixture
def architecture(golden):
    architecture = Architecture([12])
    with torch.no_grad():
        architecture.alpha[0] = golden["alpha"]
    return architecture


def mix(golden, edge, architecture, mode, involved, *, in_memory):
    """Run the edge as the reference did and send its upstream gradient back."""
    path = architecture.path_through(involved, torch.Generator(), [int(golden[f"{mode}/active"])])
    path.gates.retain_grad()
    x = golden["x"].clone().requires_grad_()
    y = edge.mix(x, path.gates[0], path.involved[0], path.active[0], in_memory=in_memory)
    y.backward(golden["grad_out"])
    return path, x, y


@pytest.mark.parametrize("index", range(12), ids=DEFAULT_CANDIDATES)
def test_each_candidate_computes_what_the_reference_computes(golden, edge, index):
    candidate = edge[index]

    with torch.no_grad():
        evaluated = candidate.eval()(golden["x"])
        trained = candidate.train()(golden["x"])

    torch.testing.assert_close(evaluated, golden[f"op_{index}_eval"], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(trained, golden[f"op_{index}_train"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("mode", ["full", "full_v2"])
def test_all_gates_receive_the_gradients_of_the_reference(golden, edge, architecture, mode):
    path, x, y = mix(golden, edge, architecture, mode, architecture.valid, in_memory=mode == "full")

    torch.testing.assert_close(y, golden[f"{mode}/y"], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(
        path.gates.grad[0], golden[f"{mode}/gate_grad"], rtol=1e-3, atol=1e-4
    )
    torch.testing.assert_close(x.grad, golden[f"{mode}/x_grad"], rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(
        architecture.alpha.grad[0], golden[f"{mode}/alpha_grad"], rtol=1e-3, atol=1e-5
    )


def test_full_and_full_v2_give_equal_gradients(golden, edge, architecture):
    gradients = []
    for mode in ("full", "full_v2"):
        architecture.alpha.grad = None
        _, x, _ = mix(
            golden, edge, architecture, "full", architecture.valid, in_memory=mode == "full"
        )
        gradients.append((architecture.alpha.grad.clone(), x.grad))

    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-5, atol=1e-6)


def test_full_v2_leaves_the_weights_without_gradient(golden, edge, architecture):
    mix(golden, edge, architecture, "full_v2", architecture.valid, in_memory=False)

    assert all(parameter.grad is None for parameter in edge.parameters())


def test_full_v2_takes_an_image_that_needs_no_gradient(golden, edge, architecture):
    path = architecture.full_path(torch.Generator().manual_seed(0))

    y = edge.mix(golden["x"], path.gates[0], path.involved[0], path.active[0], in_memory=False)
    y.sum().backward()

    assert architecture.alpha.grad.abs().sum() > 0


def test_mode_two_moves_and_rescales_a_pair_as_the_reference_does(golden, edge, architecture):
    pair = [int(golden["two/active"]), int(golden["two/inactive"])]
    involved = torch.zeros_like(architecture.valid)
    involved[0, pair] = True
    optimiser = torch.optim.Adam([architecture.alpha], lr=5e-3, betas=(0.0, 0.999))

    path, _, _ = mix(golden, edge, architecture, "two", involved, in_memory=True)
    before = architecture.alpha.detach().clone()
    optimiser.step()
    moved = architecture.alpha.detach().clone()
    architecture.rescale(before, path)

    torch.testing.assert_close(
        path.probabilities[0].detach(), golden["two/current_prob"], rtol=1e-5, atol=1e-6
    )
    torch.testing.assert_close(path.gates.grad[0], golden["two/gate_grad"], rtol=1e-3, atol=1e-4)
    expected_grad = golden["two/alpha_grad"]
    torch.testing.assert_close(architecture.alpha.grad[0], expected_grad, rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(moved[0], golden["two/alpha_after_adam"], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(
        architecture.alpha.detach()[0], golden["two/alpha_after_rescale"], rtol=1e-5, atol=1e-6
    )
