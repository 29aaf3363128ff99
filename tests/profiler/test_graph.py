"""Graphs of primitives: shapes worked out, misfits refused."""

import pytest

from profiler.errors import GraphInvalid, OperationInvalid
from profiler.graph import Convolution, GraphBuilder


def test_a_convolution_keeps_the_size_and_changes_the_channels():
    builder = GraphBuilder()
    image = builder.input("image", (2, 3, 17, 9))

    builder.convolution("conv", image, 8, 5)

    assert builder.shape("conv") == (2, 8, 17, 9)


def test_a_weight_holds_the_input_channels_of_one_group():
    convolution = Convolution(channels_in=16, channels_out=8, kernel=(3, 1), groups=4)

    assert convolution.weight_shape == (8, 4, 3, 1)


def test_max_pooling_rounds_an_odd_size_down():
    builder = GraphBuilder()
    image = builder.input("image", (1, 8, 17, 9))

    builder.max_pool("pool", image)

    assert builder.shape("pool") == (1, 8, 8, 4)


def test_concatenation_adds_up_channels_in_any_number():
    builder = GraphBuilder()
    parts = tuple(builder.input(f"x{c}", (1, c, 4, 4)) for c in (3, 5, 8))

    builder.concatenate("all", parts)

    assert builder.shape("all") == (1, 16, 4, 4)


def test_a_resize_and_a_mean_change_the_size_only():
    builder = GraphBuilder()
    x = builder.input("x", (2, 5, 4, 4))

    builder.resize("up", x, 7, 9)
    builder.global_mean("mean", "up")

    assert builder.shape("up") == (2, 5, 7, 9)
    assert builder.shape("mean") == (2, 5, 1, 1)


def test_a_graph_knows_its_inputs_its_order_and_the_shape_of_its_result():
    builder = GraphBuilder()
    x = builder.input("x", (1, 4, 8, 8))
    y = builder.relu("relu", builder.convolution("conv", x, 6, 3))

    graph = builder.build(y)

    assert graph.inputs == (("x", (1, 4, 8, 8)),)
    assert [node.name for node in graph.nodes] == ["conv", "relu"]
    assert graph.output_shape == (1, 6, 8, 8)


def test_two_tensors_of_one_name_are_refused():
    builder = GraphBuilder()
    x = builder.input("x", (1, 4, 8, 8))
    builder.relu("y", x)

    with pytest.raises(GraphInvalid, match="'y'"):
        builder.relu("y", x)


def test_groups_that_do_not_divide_the_channels_are_refused_with_the_numbers():
    builder = GraphBuilder()
    x = builder.input("x", (1, 6, 8, 8))

    with pytest.raises(GraphInvalid, match=r"groups=4 does not divide 6 input and 8 output"):
        builder.convolution("conv", x, 8, 3, groups=4)


def test_adding_tensors_of_two_shapes_is_refused():
    builder = GraphBuilder()
    x, y = builder.input("x", (1, 4, 8, 8)), builder.input("y", (1, 4, 8, 7))

    with pytest.raises(GraphInvalid, match="cannot add"):
        builder.add("sum", x, y)


def test_concatenating_tensors_of_two_sizes_is_refused_and_names_the_misfit():
    builder = GraphBuilder()
    x, small = builder.input("x", (1, 4, 8, 8)), builder.input("small", (1, 4, 4, 4))

    with pytest.raises(GraphInvalid, match="small is"):
        builder.concatenate("all", (x, small))


def test_a_single_row_of_pixels_cannot_be_pooled():
    builder = GraphBuilder()
    x = builder.input("x", (1, 4, 1, 8))

    with pytest.raises(GraphInvalid, match="1x8 pixels"):
        builder.max_pool("pool", x)


def test_an_empty_tensor_is_refused():
    with pytest.raises(GraphInvalid, match="empty dimension"):
        GraphBuilder().input("x", (1, 0, 8, 8))


def test_a_graph_that_does_not_fit_is_an_invalid_operation():
    assert issubclass(GraphInvalid, OperationInvalid)
