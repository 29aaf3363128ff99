"""Candidate operations as the paper names them, layer by layer (spec/hna_nas.md 3.2)."""

from dataclasses import replace

import pytest

from profiler.errors import OperationInvalid
from profiler.graph import Add, BatchNorm, Convolution, GlobalMean, Relu, Relu6
from profiler.operations import (
    ALL_CANDIDATES,
    DEFAULT_CANDIDATES,
    Border,
    Concat,
    Head,
    InvertedConv,
    MaxPool,
    Position,
    ResidualConv,
    Resize,
    SpatialConv,
    border_of,
    candidate_at,
    candidate_label,
    operation_graph,
    operation_key,
    probe_graph,
)

WIDENING = Position(channels_in=8, channels_out=16, height=6, width=5)


def layers(operation):
    return [type(node.primitive) for node in operation_graph(operation).nodes]


def convolutions(operation):
    return {
        node.name: node.primitive
        for node in operation_graph(operation).nodes
        if isinstance(node.primitive, Convolution)
    }


def test_the_default_candidates_are_the_twelve_of_the_shipped_search_in_its_order():
    assert [candidate_label(name) for name in DEFAULT_CANDIDATES] == (
        ["I2", "I4", "I6", "R3", "R5", "R7", "G2", "G4", "G8", "S3", "S5", "S7"]
    )


def test_every_constructible_name_is_a_candidate_once():
    # 3 DepthSC + 3 kernels x 5 expansions of MBConv + 3 ResConv + 3 GroupConv + 3 SpaConv
    assert len(ALL_CANDIDATES) == len(set(ALL_CANDIDATES)) == 27
    assert set(DEFAULT_CANDIDATES) < set(ALL_CANDIDATES)


def test_a_residual_block_is_two_convolutions_a_shortcut_and_a_relu():
    same_width = candidate_at("3x3_ResConv", replace(WIDENING, channels_out=8))

    assert layers(same_width) == [
        Convolution, BatchNorm, Relu, Convolution, BatchNorm, Add, Relu,
    ]  # fmt: skip


def test_a_shortcut_between_two_widths_is_a_convolution_with_bias_and_batch_norm():
    widening = convolutions(candidate_at("5x5_ResConv", WIDENING))

    shortcut = widening["block0.shortcut_conv"]

    assert (shortcut.kernel, shortcut.groups, shortcut.bias) == ((1, 1), 1, True)
    assert widening["block0.conv1"].kernel == (5, 5)


def test_only_the_first_of_several_blocks_changes_the_width():
    names = convolutions(candidate_at("3x3_ResConv", replace(WIDENING, blocks=3)))

    assert [name for name in names if "shortcut" in name] == ["block0.shortcut_conv"]
    assert names["block2.conv1"].channels_in == 16


def test_a_group_convolution_groups_its_shortcut_too():
    grouped = convolutions(candidate_at("3x3_GroupConv4", WIDENING))

    assert {primitive.groups for primitive in grouped.values()} == {4}


@pytest.mark.parametrize(
    ("channels_in", "channels_out"),
    [(3, 8), (8, 6), (12, 16)],
    ids=["input not divisible", "output not divisible", "divisible by four only"],
)
def test_a_group_convolution_that_does_not_divide_is_the_residual_one_and_shares_its_row(
    channels_in, channels_out
):
    position = Position(channels_in=channels_in, channels_out=channels_out, height=4, width=4)

    fallback = candidate_at("3x3_GroupConv8", position)

    assert fallback == candidate_at("3x3_ResConv", position)
    assert operation_key(fallback) == operation_key(candidate_at("3x3_ResConv", position))


def test_a_spatial_block_has_neither_norm_nor_activation_inside_a_pair():
    same_width = candidate_at("7x7_SpaConv", replace(WIDENING, channels_out=8))

    kernels = [c.kernel for c in convolutions(same_width).values()]

    assert kernels == [(7, 1), (1, 7), (7, 1), (1, 7)]
    assert layers(same_width) == [
        Convolution, Convolution, BatchNorm, Relu,
        Convolution, Convolution, BatchNorm, Add, Relu,
    ]  # fmt: skip


def test_an_inverted_block_ends_in_relu6_and_has_no_shortcut():
    same_width = candidate_at("3x3_MBConv4", replace(WIDENING, channels_out=8))

    assert layers(same_width) == [Convolution, BatchNorm, Relu6] * 3


def test_inverted_convolutions_have_no_bias():
    assert not any(c.bias for c in convolutions(candidate_at("5x5_MBConv6", WIDENING)).values())


def test_later_inverted_blocks_keep_the_expanded_width_of_the_cell():
    blocks = convolutions(candidate_at("3x3_MBConv4", replace(WIDENING, blocks=2)))

    # 8 channels in, expansion 4: width 32 in both blocks, also where the block reads 16 channels
    assert (blocks["block0.expand"].channels_in, blocks["block0.expand"].channels_out) == (8, 32)
    assert (blocks["block1.expand"].channels_in, blocks["block1.expand"].channels_out) == (16, 32)
    assert blocks["block1.depth"].groups == 32


def test_a_depthwise_separable_block_has_no_expansion_and_the_width_of_its_own_input():
    blocks = convolutions(candidate_at("3x3_DepthSC", replace(WIDENING, blocks=2)))

    assert list(blocks) == ["block0.depth", "block0.project", "block1.depth", "block1.project"]
    assert [blocks["block0.depth"].groups, blocks["block1.depth"].groups] == [8, 16]


@pytest.mark.parametrize(
    "name",
    ["", "3x3", "3x5_ResConv", "3x3_ResConv2", "3x3_GroupConv", "3x3_GroupConv0", "03x03_ResConv",
     "3x3_MBConv02", "3x3_DepthSC1", "3x3_resconv", " 3x3_ResConv"],
)  # fmt: skip
def test_a_name_that_is_no_candidate_is_refused_with_the_names_that_are(name):
    with pytest.raises(OperationInvalid, match="7x7_SpaConv") as refused:
        candidate_at(name, WIDENING)

    assert repr(name) in str(refused.value)


def test_an_even_kernel_by_name_is_refused():
    with pytest.raises(OperationInvalid, match="kernel=4 is even"):
        candidate_at("4x4_ResConv", WIDENING)


def test_groups_that_do_not_divide_are_refused_where_they_are_asked_for_by_number():
    with pytest.raises(OperationInvalid, match="groups=4 does not divide 6 input and 8 output"):
        ResidualConv(channels_in=6, channels_out=8, height=4, width=4, groups=4)


def test_a_concatenation_needs_two_inputs():
    with pytest.raises(OperationInvalid, match=r"channels=\(8,\)"):
        Concat(channels=(8,), height=4, width=4)


@pytest.mark.parametrize("channels", [(), 8, (8, 0), (8, 2.0), (8, "8")])
def test_channels_that_are_no_tuple_of_positive_integers_are_refused(channels):
    with pytest.raises(OperationInvalid, match="border: channels"):
        Border(channels=channels, height=4, width=4)


def test_an_operation_is_a_value():
    operation = Head(channels=8, height=4, width=4)

    assert operation == Head(channels=8, height=4, width=4, batch=1)
    assert len({operation, Head(channels=8, height=4, width=4)}) == 1
    with pytest.raises(AttributeError):
        operation.channels = 9


def test_the_border_of_an_operation_makes_the_tensors_it_reads():
    candidate = SpatialConv(batch=2, channels_in=24, channels_out=8, height=6, width=5)
    fusing = Concat(channels=(8, 16), height=6, width=5)
    growing = Resize(channels=16, height_in=3, width_in=2, height=6, width=5)

    assert border_of(candidate) == Border(batch=2, channels=(24,), height=6, width=5)
    assert border_of(fusing) == Border(channels=(8, 16), height=6, width=5)
    assert border_of(growing) == Border(channels=(16,), height=3, width=2)


def test_what_reads_the_image_and_a_border_itself_have_no_border():
    reader = ResidualConv(channels_in=3, channels_out=8, height=6, width=6)
    border = Border(channels=(8,), height=6, width=6)

    assert border_of(reader) is None
    assert border_of(border) is None
    assert probe_graph(reader) == operation_graph(reader)
    assert probe_graph(border) == operation_graph(border)


@pytest.mark.parametrize(
    "operation",
    [
        InvertedConv(channels_in=8, channels_out=16, height=6, width=5, expansion=2),
        MaxPool(channels=8, height=6, width=5),
        Concat(channels=(8, 16), height=6, width=5),
    ],
    ids=lambda operation: operation.kind,
)
def test_a_probe_is_the_operation_between_the_producers_of_its_border_and_one_mean(operation):
    producers = [n for n in operation_graph(border_of(operation)).nodes if "source" in n.name]

    probe = probe_graph(operation)

    inside = [type(node.primitive) for node in probe.nodes[len(producers) : -1]]
    assert list(probe.nodes[: len(producers)]) == producers
    assert inside == layers(operation)
    assert isinstance(probe.nodes[-1].primitive, GlobalMean)
    assert probe.inputs == operation_graph(border_of(operation)).inputs
