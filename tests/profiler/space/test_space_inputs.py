"""What is measured before there is a topology."""

from dataclasses import replace

import pytest

from profiler.operations import MaxPool, PlacedOperation, operation_key
from profiler.space import known_topology, named_space, uniform_network
from profiler.space.inputs import REFERENCE_CANDIDATE, input_operations, input_parts


@pytest.fixture(scope="module")
def shipped():
    return named_space("two", "resnet_18", height=256, width=256)


def test_the_shipped_space_asks_for_41_operations(shipped):
    operations = input_operations(shipped)

    # 5 levels alone, 15 whole cells, 16 pairs of different levels, 4 poolings, the head.
    assert len(operations) == 5 + 15 + 16 + 4 + 1
    assert len({operation_key(operation) for operation in operations}) == 41


def test_equal_positions_are_one_row(shipped):
    flat = replace(shipped, channels=(16,) * 5, blocks=(1,) * 5)

    parts = input_parts(flat)

    assert parts.whole[(0, 1)] == parts.alone[1]  # both read 16 channels at 128 x 128
    assert len(input_operations(flat)) == 41 - 4


def test_a_whole_cell_stands_behind_everything_it_can_read(shipped):
    whole = input_parts(shipped).whole

    assert whole[(2, 1)].sources == (8, 16, 32, 64, 8)  # C(1,0) to C(1,3), then x
    assert whole[(4, 0)].sources == (8, 16)  # x is C(3,0), which is read once
    assert whole[(0, 3)].channels_in == 32
    assert whole[(0, 3)].blocks == 2


def test_a_resampling_stands_behind_the_candidate_of_its_source(shipped):
    parts = input_parts(shipped)

    assert parts.resampled[(4, 0)] == PlacedOperation(
        operation=parts.alone[4], sources=(128,), resampled=((256, 256),)
    )
    assert (1, 1) not in parts.resampled
    assert (0, 4) not in parts.resampled  # no cell past iteration 0 stands at the last level


def test_a_reduced_space_resamples_and_reads_fewer_channels(shipped):
    parts = input_parts(replace(shipped, reduced=True))

    assert parts.resampled[(4, 0)].resampled == ((256, 256, 8),)
    assert parts.channels[(1, 0)] == (8, 8, 8, 8, 8, 8)
    assert parts.channels[(1, 2)] == (8, 16, 32, 32, 32, 16)


def test_pooling_and_head_are_those_of_the_network(shipped):
    parts = input_parts(shipped)
    network = uniform_network(shipped, known_topology("meta"), REFERENCE_CANDIDATE)

    assert parts.pooled[2] == MaxPool(channels=32, height=64, width=64)
    assert parts.head == network.head()
