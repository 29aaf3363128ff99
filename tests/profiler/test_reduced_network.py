"""Reduced networks: what a cell reads at another size has no more channels than it makes."""

from collections import Counter

import pytest

from profiler.cost import cost_of
from profiler.graph import BilinearResize
from profiler.operations import (
    Cell,
    Network,
    PlacedOperation,
    ReducedNetwork,
    operation_from_json,
    operation_graph,
    operation_key,
    operation_label,
    operation_to_json,
)

CELLS = (
    Cell(iteration=0, level=0, inputs=(), candidate="3x3_ResConv"),
    Cell(iteration=0, level=1, inputs=((0, 0),), candidate="3x3_ResConv"),
    Cell(iteration=0, level=2, inputs=((0, 1),), candidate="3x3_GroupConv4", blocks=2),
    Cell(iteration=1, level=0, inputs=((0, 0), (0, 1), (0, 2)), candidate="3x3_ResConv"),
    Cell(iteration=1, level=1, inputs=((1, 0), (0, 0), (0, 2)), candidate="Identity"),
    Cell(iteration=2, level=0, inputs=((1, 0), (1, 1)), candidate="5x5_SpaConv_half"),
)
SHAPE = {"height": 32, "width": 16, "channels": (8, 16, 32), "cells": CELLS}
PLAIN, REDUCED = Network(**SHAPE), ReducedNetwork(**SHAPE)


def nodes_of(network):
    return {node.name: node for node in operation_graph(network).nodes}


def test_a_cell_reads_no_more_channels_of_another_size_than_it_makes():
    # cell (1, 0) makes 8: of 16 and 32 channels below it reads 8 each
    assert [network.position(CELLS[3]).channels_in for network in (PLAIN, REDUCED)] == [56, 24]
    # cell (1, 1) makes 16: 8 pooled from above, 8 from level 0 as they are, 16 of 32 from below
    assert [network.position(CELLS[4]).channels_in for network in (PLAIN, REDUCED)] == [48, 32]


def test_an_input_of_the_same_size_or_of_the_same_iteration_is_never_reduced():
    narrowing = ReducedNetwork(**{**SHAPE, "channels": (32, 16, 8)})

    assert narrowing.channels_read(CELLS[1], (0, 0)) == 32  # pooled
    assert narrowing.channels_read(CELLS[3], (0, 0)) == 32  # of its own size
    assert narrowing.channels_read(CELLS[4], (0, 0)) == 16  # resampled


def test_channels_are_reduced_at_the_size_of_the_source_before_they_are_resampled():
    nodes = nodes_of(REDUCED)

    assert nodes["cell_1_0.reduce2.conv"].inputs == ("cell_0_2.block1.relu2",)
    assert nodes["cell_1_0.reduce2.conv"].shape == (1, 8, 8, 4)
    assert not nodes["cell_1_0.reduce2.conv"].primitive.bias
    assert nodes["cell_1_0.input2"].inputs == ("cell_1_0.reduce2.bn",)
    assert nodes["cell_1_0.input2"].shape == (1, 8, 32, 16)
    assert nodes["cell_1_0.fused"].inputs == (
        "cell_0_0.block0.relu2", "cell_1_0.input1", "cell_1_0.input2",
    )  # fmt: skip


def test_only_what_has_more_channels_than_its_reader_is_reduced():
    reduced = [name for name in nodes_of(REDUCED) if name.endswith("reduce0.conv")]
    names = {name.rpartition(".conv")[0] for name in nodes_of(REDUCED) if "reduce" in name}

    assert reduced == []
    assert {name for name in names if name} == {
        "cell_1_0.reduce1", "cell_1_0.reduce2", "cell_1_1.reduce2", "cell_2_0.reduce1",
    }  # fmt: skip


def test_a_reduced_cell_multiplies_a_fraction_of_what_the_plain_one_does():
    pixels = 256 * 256
    cells = (
        *(
            Cell(iteration=0, level=level, inputs=((0, level - 1),)[:level], candidate="Identity")
            for level in range(5)
        ),
        Cell(iteration=1, level=0, inputs=((0, 0), (0, 3), (0, 4)), candidate="3x3_ResConv"),
    )
    channels = (8, 16, 32, 64, 128)
    plain = Network(height=256, width=256, channels=channels, cells=cells)
    reduced = ReducedNetwork(height=256, width=256, channels=channels, cells=cells)

    macs = [cost_of(operation_graph(network)).macs for network in (plain, reduced)]
    cell_macs = [cost_of(operation_graph(n.operation(cells[-1]))).macs for n in (plain, reduced)]

    # 3 x 3 from C to 8 and from 8 to 8 channels, shortcut from C to 8; C is 8 + 64 + 128 or 3 x 8
    assert cell_macs == [(200 * 72 + 576 + 200 * 8) * pixels, (24 * 72 + 576 + 24 * 8) * pixels]
    # and 64 to 8 channels on 32 x 32 pixels, 128 to 8 on 16 x 16, which are the sources' own
    reducing = 64 * 8 * 1024 + 128 * 8 * 256
    assert macs[0] - macs[1] == cell_macs[0] - cell_macs[1] - reducing


def test_what_reduces_an_input_is_priced_with_the_cell_that_is_read():
    assert REDUCED.placed(CELLS[2]) == PlacedOperation(
        operation=REDUCED.operation(CELLS[2]),
        sources=(16,),
        resampled=((32, 16, 8), (16, 8, 16)),
    )
    assert REDUCED.placed(CELLS[3]) == PlacedOperation(
        operation=REDUCED.operation(CELLS[3]), sources=(8, 8, 8)
    )


def test_its_graph_costs_what_its_parts_cost():
    whole = cost_of(operation_graph(REDUCED))
    parts = [cost_of(operation_graph(part)) for part in REDUCED.parts()]

    assert whole.macs == sum(part.macs for part in parts)
    assert whole.parameters == sum(part.parameters for part in parts)


def test_its_graph_does_what_its_parts_do_and_no_more():
    whole = Counter(type(node.primitive) for node in operation_graph(REDUCED).nodes)
    parts = Counter(
        type(node.primitive)
        for part in REDUCED.parts()
        for node in operation_graph(part).nodes
        if not node.name.startswith("mean")
    )

    assert whole == parts
    assert whole[BilinearResize] == 5


def test_where_no_reader_makes_fewer_channels_its_cells_are_those_of_the_plain_network():
    shape = {**SHAPE, "channels": (16, 16, 16)}
    plain, reduced = Network(**shape), ReducedNetwork(**shape)

    assert operation_graph(plain) == operation_graph(reduced)
    assert list(plain.parts()) == list(reduced.parts())


def test_it_is_another_operation_than_the_plain_network_and_survives_json():
    returned = operation_from_json(operation_to_json(REDUCED))

    assert returned == REDUCED != PLAIN
    assert operation_key(REDUCED) == "reduced_" + operation_key(PLAIN)
    assert operation_label(REDUCED).startswith("reduced_network ")


@pytest.mark.parametrize("network", [PLAIN, REDUCED], ids=["plain", "reduced"])
def test_it_says_of_itself_which_kind_it_is(network):
    assert operation_to_json(network)["kind"] == network.kind
