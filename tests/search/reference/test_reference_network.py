"""State dicts of the release under our names: what is renamed, what is left, what is refused."""

import json

import pytest
import torch

from profiler.backends.torch_module import torch_module
from profiler.errors import DataInvalid, RunInvalid
from search.reference import candidate_parameter, network_state, read_configuration
from search.reference.networks import fill


@pytest.fixture
def shipped(golden, topology):
    """The shipped E-GPU network without weights, and the shapes of its checkpoint by name."""
    configuration = read_configuration(golden / "fixtures" / "egpu_13_11.net.config.json")
    shapes = json.loads((golden / "hna_egpu_13_11_keys.json").read_text())["keys"]
    return torch_module(configuration.network(topology, size=32)), shapes


def zeros(shapes):
    return {name: torch.zeros(shape) for name, shape in shapes.items()}


def test_the_shipped_names_become_the_names_of_our_network_with_its_shapes(shipped, topology):
    module, shapes = shipped

    renamed = network_state(zeros(shapes), topology)

    ours = {name: x.shape for name, x in module.state_dict().items()}
    assert {name: x.shape for name, x in renamed.items()} == ours


def test_placeholders_of_skipped_cells_are_left_out_and_counted(shipped, topology):
    module, shapes = shipped

    left = fill(module, zeros(shapes), topology, "model_best.pth.tar")

    numbers = {7, 11, 13}  # cells (1, 2), (2, 2) and (3, 1)
    assert left == sum(name.split(".")[1] in map(str, numbers) for name in shapes)
    assert left == len(shapes) - len(module.state_dict()) > 0


def test_a_state_dict_that_differs_is_refused_with_the_first_names_and_shapes(shipped, topology):
    module, shapes = shipped
    state = zeros(shapes)
    first = "encoders.1.operator.conv_block.0.conv1.weight"
    state[first] = torch.zeros(16, 8, 5, 5)
    del state["encoders.2.operator.conv_block.1.bn2.bias"]
    state["encoders.14.operator.conv_block.1.bn1.bias"] = torch.zeros(8)

    with pytest.raises(RunInvalid) as refusal:
        fill(module, state, topology, "model_best.pth.tar")

    assert f"{first} is (16, 8, 5, 5), not (16, 1, 3, 3)" in str(refusal.value)
    assert "it lacks cell_0_2.block1.bn2.bias (32,)" in str(refusal.value)
    assert "it has encoders.14.operator.conv_block.1.bn1.bias" in str(refusal.value)


def test_of_many_differences_the_first_three_are_named_and_the_rest_counted(shipped, topology):
    module, shapes = shipped
    few = dict(list(zeros(shapes).items())[-2:])

    with pytest.raises(RunInvalid, match=rf"; {len(module.state_dict()) - 2 - 3} more$"):
        fill(module, few, topology, "model_best.pth.tar")


def test_a_name_that_is_no_parameter_is_refused(shipped, topology):
    with pytest.raises(DataInvalid, match="conv_block"):
        candidate_parameter("conv1.weight")
    with pytest.raises(RunInvalid, match="another architecture: 'decoder"):
        fill(shipped[0], {"decoder.0.weight": torch.zeros(1)}, topology, "other.pth.tar")
    with pytest.raises(DataInvalid, match=r"encoders\.15\..* of 15 cells"):
        network_state({"encoders.15.operator.conv_block.0.bn1.bias": torch.zeros(1)}, topology)
