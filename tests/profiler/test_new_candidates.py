"""Candidates the reference does not have: blocks of half the width, and the identity."""

from dataclasses import replace

import numpy as np
import onnxruntime as ort
import pytest
import torch

from profiler.backends.onnx_model import onnx_model
from profiler.backends.torch_module import torch_module
from profiler.cost import cost_of
from profiler.errors import OperationInvalid
from profiler.graph import BatchNorm, Convolution, Relu
from profiler.operations import (
    ALL_CANDIDATES,
    DEFAULT_CANDIDATES,
    EXTENDED_CANDIDATES,
    NEW_CANDIDATES,
    Identity,
    Position,
    candidate_at,
    candidate_label,
    operation_graph,
    operation_label,
    probe_graph,
)

WIDENING = Position(channels_in=8, channels_out=16, height=6, width=5)
SAME_WIDTH = replace(WIDENING, channels_out=8)


def convolutions(name, position):
    return {
        node.name: (node.primitive.channels_in, node.primitive.channels_out)
        for node in operation_graph(candidate_at(name, position)).nodes
        if isinstance(node.primitive, Convolution)
    }


def test_no_new_name_is_one_the_reference_has():
    assert len(NEW_CANDIDATES) == len(set(NEW_CANDIDATES)) == 7
    assert not set(NEW_CANDIDATES) & set(ALL_CANDIDATES)


def test_the_extended_candidates_begin_with_those_of_the_shipped_search():
    assert EXTENDED_CANDIDATES[:12] == DEFAULT_CANDIDATES
    assert EXTENDED_CANDIDATES[12:] == ("3x3_ResConv_half", "3x3_SpaConv_half", "Identity")


def test_new_candidates_have_labels_of_two_characters_no_other_has():
    labels = [candidate_label(name) for name in NEW_CANDIDATES]

    assert labels == ["r3", "r5", "r7", "s3", "s5", "s7", "P1"]
    assert not set(labels) & {candidate_label(name) for name in ALL_CANDIDATES}


@pytest.mark.parametrize("name", NEW_CANDIDATES)
def test_the_label_of_an_operation_begins_with_the_name_of_its_candidate(name):
    operation = candidate_at(name, WIDENING)

    assert operation_label(operation) == f"{name} 8>16 @6x5"


def test_a_narrow_residual_block_has_half_the_width_between_its_convolutions():
    assert convolutions("3x3_ResConv_half", WIDENING) == {
        "block0.conv1": (8, 8), "block0.conv2": (8, 16), "block0.shortcut_conv": (8, 16),
    }  # fmt: skip


def test_a_narrow_spatial_block_has_half_the_width_up_to_its_last_convolution():
    assert convolutions("5x5_SpaConv_half", SAME_WIDTH) == {
        "block0.conv1_vertical": (8, 4), "block0.conv1_horizontal": (4, 4),
        "block0.conv2_vertical": (4, 4), "block0.conv2_horizontal": (4, 8),
    }  # fmt: skip


def test_half_of_an_odd_width_is_rounded_up():
    odd = replace(WIDENING, channels_out=5)

    assert convolutions("3x3_ResConv_half", odd)["block0.conv1"] == (8, 3)


@pytest.mark.parametrize("whole", ["3x3_ResConv", "7x7_SpaConv"])
def test_a_narrow_block_has_the_layers_of_the_whole_one_and_its_stack(whole):
    stacked = replace(WIDENING, blocks=2)

    layers = [
        [(node.name, type(node.primitive)) for node in operation_graph(operation).nodes]
        for operation in (candidate_at(whole, stacked), candidate_at(f"{whole}_half", stacked))
    ]

    assert layers[0] == layers[1]


def test_a_narrow_residual_block_multiplies_what_its_widths_say():
    cost = cost_of(operation_graph(candidate_at("3x3_ResConv_half", SAME_WIDTH)))

    # 8 to 4 and 4 to 8 channels by 3 x 3 on 30 pixels; without a shortcut convolution
    assert cost.macs == (8 * 4 + 4 * 8) * 9 * 30
    # weights, biases of 4 and 8, scales and shifts of 4 and 8
    assert cost.parameters == 2 * 8 * 4 * 9 + 3 * (4 + 8)


def test_an_identity_between_two_widths_is_a_projection():
    nodes = operation_graph(candidate_at("Identity", WIDENING)).nodes

    assert [type(node.primitive) for node in nodes] == [Convolution, BatchNorm, Relu]
    assert nodes[0].primitive == Convolution(
        channels_in=8, channels_out=16, kernel=(1, 1), bias=False
    )


def test_an_identity_of_one_width_does_nothing_at_all():
    operation = candidate_at("Identity", SAME_WIDTH)
    graph = operation_graph(operation)
    x = torch.randn(1, 8, 6, 5)

    session = ort.InferenceSession(onnx_model(graph, {}).SerializeToString())

    assert graph.nodes == ()
    assert torch.equal(torch_module(operation)(x), x)
    assert np.array_equal(session.run(None, {"input0": x.numpy()})[0], x.numpy())
    assert cost_of(graph).activation_bytes == 0


def test_an_identity_has_no_blocks_to_stack_and_so_one_row_however_many_are_asked_for():
    assert candidate_at("Identity", replace(WIDENING, blocks=2)) == candidate_at(
        "Identity", WIDENING
    )


def test_an_identity_that_does_nothing_is_measured_as_its_border_alone():
    probe = probe_graph(Identity(channels_in=8, channels_out=8, height=6, width=5))

    assert [node.name for node in probe.nodes] == ["source0_conv", "source0_relu", "mean0"]


@pytest.mark.parametrize(
    "name",
    ["identity", "Identity1", "3x3_Identity", "Identity_half", "3x3_GroupConv4_half", "Zero",
     "3x3_MBConv2_half", "3x3_ResConv_half2", "3x3_ResConv_Half"],
)  # fmt: skip
def test_a_name_that_is_no_candidate_is_refused_with_the_new_names_too(name):
    with pytest.raises(OperationInvalid, match=r"3x3_ResConv_half, .*, Identity$") as refused:
        candidate_at(name, WIDENING)

    assert repr(name) in str(refused.value)
