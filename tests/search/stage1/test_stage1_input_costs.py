"""What cells and inputs cost on a device, read from its table."""

from dataclasses import replace

import pytest

from profiler.certificates import Calibration, Sums, sum_us
from profiler.errors import EntryMissing, TableMismatch
from profiler.operations import operation_key
from profiler.space import Topology, grid, known_topology, uniform_network
from profiler.space.inputs import REFERENCE_CANDIDATE, input_operations, input_parts
from search.stage1.hardware import InputCosts, input_costs

FLAT = InputCosts(
    levels=3,
    cells_us=dict.fromkeys(grid(3), 10.0),
    inputs_us={
        (1, 0): (1.0, 2.0, 4.0, 1.0),
        (1, 1): (8.0, 16.0, 32.0, 64.0),
        (2, 0): (128.0, 256.0, 128.0),
    },
    fixed_us=1000.0,
)


def test_a_topology_costs_its_cells_and_what_they_keep():
    # (2, 0) keeps C(1, 1); (1, 1) keeps C(0, 0) and x; (1, 0), which is that x, keeps C(0, 0).
    topology = Topology.from_picks({(1, 0): (0,), (1, 1): (0, 3), (2, 0): (1,)})

    # Encoder skips: C(0, 0) is read already by (1, 0); (1, 1) reads C(0, 1) for 16.
    by_hand = 1000 + 10 * 5 + 1 + (8 + 64 + 16) + 256
    assert topology.places == ((0, 0), (0, 1), (1, 0), (1, 1), (2, 0))
    assert FLAT.topology_us(topology) == by_hand


def test_the_smallest_topology_keeps_x_alone():
    # (0, 0), (1, 0) and (2, 0) run; at level 0, x is the first cell of the iteration before.
    assert FLAT.smallest_us == 1000 + 30 + 1 + 128


def test_the_whole_meta_architecture_keeps_everything_once():
    assert FLAT.whole_us == 1000 + 60 + (1 + 2 + 4) + (8 + 16 + 32 + 64) + (128 + 256)


@pytest.mark.parametrize("name", ["meta", "unetpp", "dnanet_simplified", "unet"])
def test_costs_are_those_of_the_network_of_one_operation(space, table_of, costs, name):
    topology = known_topology(name, space.levels)
    network = uniform_network(space, topology, REFERENCE_CANDIDATE)

    expected = sum_us(table_of(network.parts()), network)

    # A shortcut convolution and a concatenation begin with the second input: not quite linear.
    assert costs.topology_us(topology) == pytest.approx(expected, rel=0.05)


def test_a_resampled_input_costs_its_resampling_and_its_channels(space, table_of):
    table, parts = table_of(input_operations(space)), input_parts(space)

    costs = input_costs(space, table)

    near, far = costs.inputs_us[(1, 0)][0], costs.inputs_us[(1, 0)][2]
    resampled_us = table.latency_us(parts.resampled[(2, 0)]) - table.latency_us(parts.alone[2])
    assert far == pytest.approx(4 * near + resampled_us)  # 16 channels, and 4 at its own level


def test_an_input_measured_below_nothing_costs_nothing(space, table_of):
    table, parts = table_of(input_operations(space)), input_parts(space)
    noisy = replace(
        table,
        entries=tuple(
            replace(entry, latency_us=0.0)
            if entry.operation in (parts.whole[(1, 0)], *parts.resampled.values())
            else entry
            for entry in table.entries
        ),
    )

    costs = input_costs(space, noisy)

    assert costs.inputs_us[(1, 0)] == (0.0, 0.0, 0.0, 0.0)


def test_costs_are_calibrated_as_networks_are(space, table_of, costs):
    fit = Calibration(scale=2.0, per_cell_us=3.0, constant_us=5.0)
    topology = known_topology("unetpp", space.levels)

    calibrated = input_costs(space, table_of(input_operations(space)), fit)

    bare_us, cells = costs.topology_us(topology), len(topology.cells)
    assert calibrated.topology_us(topology) == pytest.approx(
        fit.predict(Sums(sum_us=bare_us, cells=cells))
    )


def test_every_missing_row_is_named(space, table_of):
    operations = input_operations(space)

    with pytest.raises(EntryMissing) as refusal:
        input_costs(space, table_of(operations[2:]))

    assert set(refusal.value.keys) == {operation_key(o) for o in operations[:2]}


def test_a_table_of_another_resolution_is_refused_by_its_sizes(space, table_of):
    larger = replace(space, height=64, width=48)

    with pytest.raises(TableMismatch, match=r"1 x 32x32 .* asks for 1 x 64x48"):
        input_costs(larger, table_of(input_operations(space)))
