"""Search spaces: named configurations, and values that are none."""

from dataclasses import replace

import pytest

from profiler.errors import OperationInvalid
from profiler.space import grid, named_space


def test_fifteen_cells_make_five_levels():
    assert len(grid(5)) == 15
    assert grid(5)[7] == (1, 2)
    assert grid(5)[14] == (4, 0)


def test_named_configurations_have_the_widths_and_depths_of_the_reference():
    space = named_space("two", "resnet_34")

    assert space.channels == (8, 16, 32, 64, 128)
    assert space.blocks == (1, 3, 4, 6, 3)
    assert (space.blocks_at((0, 3)), space.blocks_at((1, 3))) == (6, 1)
    assert space.places == grid(5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"channels": (8, 16)}, "channels=.* 2 values"),
        ({"blocks": (1,)}, "blocks=.* 1 values"),
        ({"height": 15}, "cannot be halved 4 times"),
        ({"width": 0}, "width"),
        ({"candidates": ()}, "at least one"),
        ({"candidates": ("3x3_ResConv", "3x3_ResConv")}, "each once"),
        ({"candidates": ("3x3_Conv",)}, "3x3_Conv"),
    ],
)
def test_a_space_that_cannot_be_is_refused(change, message):
    with pytest.raises(OperationInvalid, match=message):
        replace(named_space(), **change)


@pytest.mark.parametrize("names", [("five", "resnet_18"), ("two", "vgg_10")])
def test_an_unknown_configuration_is_refused_with_the_known_ones(names):
    with pytest.raises(OperationInvalid, match="known are"):
        named_space(*names)
