"""Published networks as values: sizes as published, heads, refusals (spec/hna_nas.md 7.1)."""

from dataclasses import replace

import pytest

from profiler.cost import cost_of
from profiler.errors import OperationInvalid
from profiler.graph import Add, BilinearResize, Concatenate, Convolution, Sigmoid
from profiler.operations import (
    Acm,
    DnaNet,
    UNet,
    UNetPlusPlus,
    border_of,
    operation_graph,
    operation_label,
    probe_graph,
)
from profiler.operations.baselines import BLOCKS
from profiler.parameters import parameter_shapes

THREE, FOUR = (16, 32, 64, 128, 256), (32, 64, 128, 256, 512)
ONE_EACH, TWO_EACH, RESNET_34 = (1, 1, 1, 1), (2, 2, 2, 2), (3, 4, 6, 3)
TINY = {"height": 32, "width": 32, "channels": (16, 16, 16), "blocks": (1, 1)}

PUBLISHED = [
    (THREE, ONE_EACH, "vgg_cbam", 2_456_020, 10.06),
    (THREE, ONE_EACH, "residual_cbam", 2_612_196, 10.90),
    (THREE, TWO_EACH, "residual_cbam", 4_696_888, 13.93),
    (THREE, RESNET_34, "residual_cbam", 8_792_702, 19.68),
    (FOUR, ONE_EACH, "vgg_cbam", 9_807_108, 40.04),
    (FOUR, ONE_EACH, "residual_cbam", 10_426_148, 43.40),
    (FOUR, TWO_EACH, "residual_cbam", 18_751_992, 55.49),
    (FOUR, RESNET_34, "residual_cbam", 35_108_158, 78.45),  # the spec rounds it again, to 78.5
]


def at_256(channels, blocks, block, heads):
    return DnaNet(height=256, width=256, channels=channels, blocks=blocks, block=block, heads=heads)


def shapes_of(network):
    nodes = operation_graph(network).nodes
    return {name: shape for node in nodes for name, shape in parameter_shapes(node)}


def convolutions(network, prefix):
    """Channels in and out of every convolution below *prefix*, in order."""
    return [
        (node.primitive.channels_in, node.primitive.channels_out)
        for node in operation_graph(network).nodes
        if isinstance(node.primitive, Convolution) and node.name.startswith(prefix)
    ]


@pytest.mark.parametrize(("channels", "blocks", "block", "parameters", "gmacs"), PUBLISHED)
def test_dnanet_has_the_published_parameters_and_macs(channels, blocks, block, parameters, gmacs):
    cost = cost_of(operation_graph(at_256(channels, blocks, block, heads=4)))

    assert cost.parameters == parameters
    assert round(cost.macs / 1e9, 2) == gmacs


@pytest.mark.parametrize(("channels", "less"), [(THREE, 51), (FOUR, 99)])
def test_without_deep_supervision_dnanet_lacks_three_heads_and_nothing_else(channels, less):
    supervised = at_256(channels, TWO_EACH, "residual_cbam", heads=4)

    left_out = shapes_of(supervised).keys() - shapes_of(supervised.deployed).keys()
    parameters = [cost_of(operation_graph(n)).parameters for n in (supervised, supervised.deployed)]

    assert parameters[0] - parameters[1] == less
    assert left_out == {f"head{n}.conv.{part}" for n in (1, 2, 3) for part in ("weight", "bias")}


@pytest.mark.parametrize(
    "network",
    [DnaNet(heads=2, **TINY), UNetPlusPlus(heads=2, **TINY), UNet(**TINY)],
    ids=lambda network: network.kind,
)
def test_the_parameters_of_the_deployed_network_are_a_subset(network):
    deployed, whole = shapes_of(network.deployed), shapes_of(network)

    assert network.deployed.heads == 1
    assert deployed.items() <= whole.items()
    assert operation_graph(network).output_shape == (1, network.heads, 32, 32)
    assert operation_graph(network.deployed).output_shape == (1, 1, 32, 32)


def test_a_node_of_dnanet_reads_its_level_the_one_below_and_the_one_above():
    network = at_256(THREE, TWO_EACH, "residual_cbam", heads=1)
    graph = {node.name: node for node in operation_graph(network).nodes}

    # x2_1 reads x2_0, x3_0 and x1_1: 64 + 128 + 32
    assert graph["node_2_1.fused"].shape == (1, 64 + 128 + 32, 64, 64)
    # x0_3 reads x0_0, x0_1, x0_2 and x1_2: nothing is above it
    assert graph["node_0_3.fused"].shape == (1, 3 * 16 + 32, 256, 256)
    # the fusion reads five maps of 16, the deepest column first
    assert graph["fusion.fused"].inputs[0] == "fusion.from_4"
    assert graph["fusion.fused"].shape == (1, 5 * 16, 256, 256)


def test_a_node_of_unetpp_reads_its_level_and_the_one_below():
    network = UNetPlusPlus(height=256, width=256, channels=THREE, blocks=ONE_EACH)
    graph = {node.name: node for node in operation_graph(network).nodes}

    assert graph["node_2_1.fused"].shape == (1, 64 + 128, 64, 64)
    assert graph["node_1_2.fused"].shape == (1, 2 * 32 + 64, 128, 128)


def test_unet_goes_down_and_up_with_one_skip_at_each_level():
    network = UNet(height=256, width=256, channels=THREE, blocks=ONE_EACH)
    graph = operation_graph(network)

    fused = {node.name: node.shape[1] for node in graph.nodes if node.primitive == Concatenate()}

    assert fused == {
        "node_3_1.fused": 128 + 256,
        "node_2_2.fused": 64 + 128,
        "node_1_3.fused": 32 + 64,
        "node_0_4.fused": 16 + 32,
    }
    assert sum(isinstance(node.primitive, BilinearResize) for node in graph.nodes) == 4


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_has_the_shortcut_and_the_attention_its_name_says(block):
    network = UNet(**TINY | {"block": block})

    made = [type(n.primitive) for n in operation_graph(network).nodes if "node_0_0" in n.name]

    assert made.count(Add) == block.startswith("residual")
    assert made.count(Sigmoid) == 2 * block.endswith("cbam")


def test_blocks_are_stacked_at_every_level_but_the_first():
    network = UNet(height=32, width=32, channels=(4, 8, 16), blocks=(3, 2))

    assert convolutions(network, "node_0_0") == [(3, 4), (4, 4)]
    assert convolutions(network, "node_1_0") == [(4, 8), *[(8, 8)] * 5]
    assert convolutions(network, "node_2_0") == [(8, 16), *[(16, 16)] * 3]


def test_every_level_is_resampled_to_its_exact_size_whatever_the_image():
    network = DnaNet(height=37, width=54, channels=(16,) * 5, blocks=ONE_EACH)
    graph = {node.name: node for node in operation_graph(network).nodes}

    # 37x54, 18x27, 9x13, 4x6, 2x3
    assert graph["node_3_1.from_4_0"].shape[2:] == (4, 6)
    assert graph["node_2_1.from_1_1"].shape[2:] == (9, 13)
    assert graph["node_0_1.from_1_0"].shape[2:] == (37, 54)
    assert operation_graph(network).output_shape == (1, 1, 37, 54)


def test_acm_has_the_parameters_a_toolbox_states_for_its_u_net_form():
    grey = Acm(height=256, width=256, channels_in=1, decoder="unet")

    # BasicIRSTD: 0.398 M for one channel and three blocks a stage
    assert cost_of(operation_graph(grey)).parameters == 397_823


def test_acm_halves_four_times_and_answers_at_the_size_of_the_image():
    for decoder in ("fpn", "unet"):
        network = Acm(height=75, width=90, decoder=decoder)
        graph = {node.name: node for node in operation_graph(network).nodes}

        # rounding up: 38x45, 19x23, 10x12, 5x6
        assert graph["stem.pool"].shape == (1, 16, 19, 23)
        assert graph["stage2.block2.relu2"].shape == (1, 32, 10, 12)
        assert graph["stage3.block2.relu2"].shape == (1, 64, 5, 6)
        assert graph["head.conv"].shape == (1, 1, 19, 23)
        assert operation_graph(network).output_shape == (1, 1, 75, 90)


def test_attention_of_acm_is_asymmetric():
    graph = operation_graph(Acm(height=64, width=64, decoder="unet"))
    shapes = {node.name: node.shape for node in graph.nodes}

    assert shapes["fuse2.top_down.gate"] == (1, 32, 1, 1)
    assert shapes["fuse2.bottom_up.gate"] == (1, 32, 8, 8)
    assert shapes["fuse2.top_down.conv1"] == (1, 8, 1, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"channels": (8, 16, 32)}, r"width of 8.*use 16 channels or more"),
        ({"channels": (16, 32)}, "three levels or more"),
        ({"blocks": (1, 1, 1)}, "blocks for each but the first"),
        ({"block": "dense"}, "block='dense' is unknown; known are vgg, vgg_cbam"),
        ({"heads": 3}, r"heads=3; a network of 3 levels has 1, or 2 with"),
        ({"height": 3}, "3x32 pixels cannot be halved 2 times"),
    ],
)
def test_a_dnanet_that_cannot_be_built_is_refused_with_the_reason(change, message):
    with pytest.raises(OperationInvalid, match=message):
        DnaNet(**TINY | change)


def test_narrow_widths_are_for_blocks_without_attention():
    network = replace(UNet(**TINY), channels=(4, 8, 16))

    assert network.channels == (4, 8, 16)
    with pytest.raises(OperationInvalid, match="a block without attention"):
        replace(network, block="residual_cbam")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"decoder": "pyramid"}, "decoder='pyramid' is unknown; known are fpn, unet"),
        ({"channels": (8, 16, 32)}, "the stem and three stages"),
        ({"blocks": (3, 3)}, "blocks for three stages"),
        ({"channels": (8, 16, 2, 64)}, "a stage of 2"),
    ],
)
def test_an_acm_that_cannot_be_built_is_refused_with_the_reason(change, message):
    with pytest.raises(OperationInvalid, match=message):
        Acm(**{"height": 32, "width": 32, "decoder": "fpn"} | change)


def test_a_baseline_is_measured_as_it_stands_like_any_network():
    network = DnaNet(**TINY)

    assert border_of(network) is None
    assert probe_graph(network) == operation_graph(network)
    assert operation_graph(network).inputs == (("image", (1, 3, 32, 32)),)


def test_labels_say_what_a_baseline_is():
    labels = [
        operation_label(DnaNet(heads=2, **TINY)),
        operation_label(UNet(**TINY)),
        operation_label(Acm(height=64, width=96, decoder="fpn")),
    ]

    assert labels == [
        "dnanet 16-16-16 x 1-1 residual_cbam, 2 heads @32x32",
        "unet 16-16-16 x 1-1 vgg @32x32",
        "acm 8-16-32-64 x 3-3-3 fpn @64x96",
    ]
