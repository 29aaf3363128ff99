"""Whole networks: positions, parts, and everything a network refuses to be."""

from collections import Counter
from dataclasses import replace

import pytest

from profiler.cost import cost_of
from profiler.errors import OperationInvalid
from profiler.graph import BilinearResize, Concatenate, MaxPool2
from profiler.operations import (
    Cell,
    Head,
    MaxPool,
    Network,
    PlacedOperation,
    Position,
    border_of,
    candidate_at,
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


def test_only_an_input_of_the_same_iteration_is_pooled():
    assert list(NETWORK.pooling(CELLS[4])) == [MaxPool(channels=8, height=21, width=14)]
    assert list(NETWORK.pooling(CELLS[3])) == []


def test_a_cell_of_several_inputs_or_with_a_reader_of_another_size_is_priced_in_its_place():
    # cell (0, 2) is read at levels 0 and 1; cell (1, 1) reads three cells and is read at level 0
    assert NETWORK.placed(CELLS[2]) == PlacedOperation(
        operation=NETWORK.operation(CELLS[2]), sources=(16,), resampled=((21, 14), (10, 7))
    )
    assert NETWORK.placed(CELLS[4]) == PlacedOperation(
        operation=NETWORK.operation(CELLS[4]), sources=(8, 16, 32), resampled=((21, 14),)
    )
    assert NETWORK.placed(CELLS[5]) == PlacedOperation(
        operation=NETWORK.operation(CELLS[5]), sources=(8, 16)
    )


def test_a_cell_that_is_pooled_and_read_at_its_own_size_only_is_priced_as_it_is():
    # (0, 0) reads the image, (0, 1) one cell; both are pooled once and read once at their level
    assert NETWORK.placed(CELLS[0]) == NETWORK.operation(CELLS[0])
    assert NETWORK.placed(CELLS[1]) == NETWORK.operation(CELLS[1])


def test_a_cell_that_reads_the_image_may_be_resampled_too():
    cells = (
        CELLS[0],
        Cell(iteration=0, level=1, inputs=((0, 0),), candidate="3x3_ResConv"),
        Cell(iteration=1, level=1, inputs=((0, 0), (0, 1)), candidate="3x3_ResConv"),
        Cell(iteration=2, level=0, inputs=((0, 0), (1, 1)), candidate="3x3_ResConv"),
    )
    network = Network(height=8, width=6, channels=(8, 16), cells=cells)

    placed = network.placed(cells[0])

    assert placed == PlacedOperation(
        operation=network.operation(cells[0]), sources=(3,), resampled=((4, 3),)
    )


def test_a_reader_that_names_a_cell_twice_has_it_resampled_twice():
    doubled = with_cell(5, inputs=((1, 1), (1, 0), (1, 1)))

    placed = doubled.placed(doubled.cells[4])

    assert placed.resampled == ((21, 14), (21, 14))


def test_any_candidate_can_be_placed_where_a_cell_stands():
    placed = NETWORK.placed(CELLS[4], "7x7_SpaConv")

    assert placed == replace(
        NETWORK.placed(CELLS[4]),
        operation=candidate_at("7x7_SpaConv", NETWORK.position(CELLS[4])),
    )


def test_a_cell_with_one_input_of_its_own_size_needs_neither_pooling_nor_a_place():
    chain = Network(
        height=8, width=8, channels=(8,),
        cells=(CELLS[0], Cell(iteration=1, level=0, inputs=((0, 0),), candidate="3x3_ResConv")),
    )  # fmt: skip

    assert list(chain.pooling(chain.cells[1])) == []
    assert chain.placed(chain.cells[1]) == chain.operation(chain.cells[1])


def test_the_parts_of_a_network_are_its_cells_in_their_places_its_pooling_and_one_head():
    parts = list(NETWORK.parts())

    kinds = Counter(part.kind for part in parts)
    candidates = [part.operation for part in parts if part.kind == "placed"]

    assert kinds == {"max_pool": 3, "placed": 4, "residual": 1, "inverted": 1, "head": 1}
    assert candidates == [NETWORK.operation(cell) for cell in CELLS[2:]]
    assert parts[-1] == Head(channels=8, height=21, width=14)


def test_the_graph_of_a_network_costs_what_its_parts_cost():
    whole = cost_of(operation_graph(NETWORK))
    parts = [cost_of(operation_graph(part)) for part in NETWORK.parts()]

    # A part of several outputs reads each with a mean and joins the means, of 4 bytes a channel:
    # 32 channels of cell (0, 2) at three sizes, 16 of cell (1, 1) at two.
    means_bytes = 4 * 2 * (3 * 32 + 2 * 16)
    assert whole.macs == sum(part.macs for part in parts)
    assert whole.parameters == sum(part.parameters for part in parts)
    assert whole.activation_bytes == sum(part.activation_bytes for part in parts) - means_bytes


def test_the_graph_of_a_network_does_what_its_parts_do_and_no_more():
    whole = Counter(type(node.primitive) for node in operation_graph(NETWORK).nodes)
    parts = Counter(
        type(node.primitive)
        for part in NETWORK.parts()
        for node in operation_graph(part).nodes
        if not node.name.startswith("mean")
    )

    assert whole == parts


def test_the_graph_of_a_network_pools_resamples_and_concatenates_once_where_it_must():
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
