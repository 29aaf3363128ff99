"""Whole networks: positions, glue, and everything a network refuses to be."""

from collections import Counter
from dataclasses import replace

import pytest

from profiler.cost import cost_of
from profiler.errors import OperationInvalid
from profiler.graph import BilinearResize, Concatenate, MaxPool2
from profiler.operations import (
    Cell,
    Concat,
    Head,
    MaxPool,
    Network,
    Position,
    Resize,
    border_of,
    operation_graph,
    operation_key,
    probe_graph,
)

CELLS = (
    Cell(iteration=0, level=0, inputs=(), candidate="3x3_ResConv"),
    Cell(iteration=0, level=1, inputs=((0, 0),), candidate="3x3_MBConv2", blocks=2),
    Cell(iteration=0, level=2, inputs=((0, 1),), candidate="3x3_GroupConv4", blocks=2),
    Cell(iteration=1, level=0, inputs=((0, 0), (0, 2)), candidate="5x5_SpaConv"),
    Cell(iteration=1, level=1, inputs=((1, 0), (0, 1), (0, 2)), candidate="3x3_DepthSC"),
    Cell(iteration=2, level=0, inputs=((1, 0), (1, 1)), candidate="7x7_ResConv"),
)
NETWORK = Network(height=21, width=14, channels=(8, 16, 32), cells=CELLS)


def with_cell(index, **changes):
    cells = list(CELLS)
    cells[index] = replace(cells[index], **changes)
    return replace(NETWORK, cells=tuple(cells))


def test_each_level_halves_the_image_and_rounds_down():
    assert [NETWORK.size(level) for level in range(3)] == [(21, 14), (10, 7), (5, 3)]


def test_a_cell_stands_where_its_level_and_its_inputs_put_it():
    # inputs of cell (1, 1): 8 channels from above, 16 beside, 32 from below
    assert NETWORK.position(CELLS[4]) == Position(
        channels_in=56, channels_out=16, height=10, width=7
    )
    assert NETWORK.position(CELLS[0]).channels_in == 3


def test_an_input_of_the_same_iteration_is_pooled_and_others_are_resized_to_the_cell():
    pool = MaxPool(channels=8, height=21, width=14)
    shrunk = Resize(channels=32, height_in=5, width_in=3, height=10, width=7)
    fused = Concat(channels=(8, 16, 32), height=10, width=7)

    assert list(NETWORK.glue(CELLS[4])) == [pool, shrunk, fused]


def test_a_cell_with_one_input_of_its_own_size_needs_no_glue():
    chain = Network(
        height=8, width=8, channels=(8,),
        cells=(CELLS[0], Cell(iteration=1, level=0, inputs=((0, 0),), candidate="3x3_ResConv")),
    )  # fmt: skip

    assert list(chain.glue(chain.cells[1])) == []


def test_the_parts_of_a_network_are_its_cells_their_glue_and_one_head():
    parts = list(NETWORK.parts())

    kinds = Counter(part.kind for part in parts)

    assert kinds == {
        "max_pool": 3, "resize": 3, "concat": 3, "head": 1,
        "residual": 3, "inverted": 2, "spatial": 1,
    }  # fmt: skip
    assert parts[-1] == Head(channels=8, height=21, width=14)


def test_the_graph_of_a_network_costs_what_its_parts_cost():
    whole = cost_of(operation_graph(NETWORK))
    parts = [cost_of(operation_graph(part)) for part in NETWORK.parts()]

    assert whole.macs == sum(part.macs for part in parts)
    assert whole.parameters == sum(part.parameters for part in parts)
    assert whole.activation_bytes == sum(part.activation_bytes for part in parts)


def test_the_graph_of_a_network_holds_the_glue_its_parts_name():
    primitives = Counter(type(n.primitive) for n in operation_graph(NETWORK).nodes)

    assert (primitives[MaxPool2], primitives[BilinearResize], primitives[Concatenate]) == (3, 3, 3)


def test_a_network_maps_an_image_of_any_batch_to_one_map_of_logits_of_its_size():
    graph = operation_graph(replace(NETWORK, batch=2, channels_in=1))

    assert graph.inputs == (("image", (2, 1, 21, 14)),)
    assert graph.output_shape == (2, 1, 21, 14)


def test_a_network_is_measured_as_it_stands():
    assert border_of(NETWORK) is None
    assert probe_graph(NETWORK) == operation_graph(NETWORK)


def test_an_input_named_twice_is_concatenated_twice():
    doubled = with_cell(3, inputs=((0, 0), (0, 2), (0, 0)))

    assert doubled.position(doubled.cells[3]).channels_in == 8 + 32 + 8
    assert operation_graph(doubled).output_shape == (1, 1, 21, 14)


def test_the_order_of_inputs_is_part_of_a_network():
    swapped = with_cell(3, inputs=((0, 2), (0, 0)))

    assert operation_key(swapped) != operation_key(NETWORK)


@pytest.mark.parametrize(
    ("index", "changes", "message"),
    [
        (2, {"level": 1, "inputs": ((0, 0),)}, r"cell \(0, 1\) is there twice"),
        (3, {"inputs": ((0, 0), (1, 1))}, r"\(1, 0\) reads \(1, 1\), which does not run before"),
        (3, {"inputs": ((1, 0),)}, r"\(1, 0\) reads \(1, 0\), which does not run before"),
        (3, {"inputs": ((4, 4),)}, r"reads \(4, 4\), which does not run before"),
        (4, {"level": 2, "inputs": ((1, 0),)}, "only the level above is an input"),
        (4, {"level": 3, "inputs": ((0, 0),)}, r"\(1, 3\): there are 3 levels"),
        (1, {"inputs": ()}, r"\(0, 1\) has no inputs; only a cell at level 0"),
        (1, {"candidate": "9x9_Conv"}, "'9x9_Conv'"),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_is_refused_by_its_place(index, changes, message):
    with pytest.raises(OperationInvalid, match=message):
        with_cell(index, **changes)


def test_the_last_cell_must_feed_the_head():
    with pytest.raises(OperationInvalid, match="last cell must be at level 0"):
        replace(NETWORK, cells=CELLS[:3])


def test_a_network_without_cells_is_refused():
    with pytest.raises(OperationInvalid, match="last cell must be at level 0"):
        replace(NETWORK, cells=())


def test_an_image_too_small_to_be_halved_is_refused_with_its_size():
    with pytest.raises(OperationInvalid, match="21x3 pixels cannot be halved 2 times"):
        replace(NETWORK, width=3)
