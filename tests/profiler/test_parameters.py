"""The parameters of a graph: names, shapes and reproducible values."""

import numpy as np
import pytest

from profiler.backends.torch_module import load_parameters, parameters_of, torch_module
from profiler.operations import Head, InvertedConv, ResidualConv, operation_graph
from profiler.parameters import random_inputs, random_parameters

BLOCK = ResidualConv(channels_in=4, channels_out=8, height=6, width=6)


def test_parameters_have_the_names_and_shapes_of_the_layers():
    parameters = random_parameters(operation_graph(BLOCK), seed=0)

    shapes = {name: array.shape for name, array in parameters.items()}

    assert shapes["block0.conv1.weight"] == (8, 4, 3, 3)
    assert shapes["block0.conv1.bias"] == (8,)
    assert shapes["block0.shortcut_conv.weight"] == (8, 4, 1, 1)
    assert shapes["block0.bn2.running_var"] == (8,)
    assert len(shapes) == 3 * 2 + 3 * 4  # three convolutions with bias, three batch norms


def test_a_torch_module_has_exactly_these_parameters():
    operation = InvertedConv(channels_in=4, channels_out=8, height=6, width=6, expansion=2)

    parameters = random_parameters(operation_graph(operation), seed=0)
    state = parameters_of(torch_module(operation))

    assert {n: a.shape for n, a in state.items()} == {n: a.shape for n, a in parameters.items()}


def test_weights_move_into_a_torch_module_and_back_unchanged():
    parameters = random_parameters(operation_graph(BLOCK), seed=3)
    module = torch_module(BLOCK)

    load_parameters(module, parameters)
    returned = parameters_of(module)

    assert all(np.array_equal(returned[name], parameters[name]) for name in parameters)


@pytest.mark.parametrize("change", ["missing", "unexpected"])
def test_weights_that_do_not_fit_a_torch_module_are_refused_by_name(change):
    parameters = random_parameters(operation_graph(Head(channels=4, height=2, width=2)), seed=0)
    weight = parameters.pop("conv.weight") if change == "missing" else np.zeros(1, np.float32)
    if change == "unexpected":
        parameters["other.weight"] = weight

    with pytest.raises(KeyError, match=r"conv\.weight" if change == "missing" else "other"):
        load_parameters(torch_module(Head(channels=4, height=2, width=2)), parameters)


def test_equal_seeds_give_equal_values_and_other_seeds_others():
    graph = operation_graph(BLOCK)

    first, again, other = (random_parameters(graph, seed=seed) for seed in (1, 1, 2))

    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not any(np.array_equal(first[name], other[name]) for name in first)


def test_values_are_float32_and_neither_zero_nor_denormal():
    parameters = random_parameters(operation_graph(BLOCK), seed=0)

    values = np.concatenate([array.ravel() for array in parameters.values()])

    assert values.dtype == np.float32
    assert np.abs(values).min() > np.finfo(np.float32).tiny


def test_variances_are_positive():
    parameters = random_parameters(operation_graph(BLOCK), seed=0)

    assert all(array.min() > 0 for name, array in parameters.items() if "running_var" in name)


def test_inputs_have_the_shapes_of_the_graph():
    inputs = random_inputs(operation_graph(BLOCK), seed=0)

    assert {name: array.shape for name, array in inputs.items()} == {"input0": (1, 4, 6, 6)}
