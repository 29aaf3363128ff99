"""Networks of a space: costs of the specification, operations to measure, random ones."""

import csv

import pytest

from profiler.cost import cost_of
from profiler.errors import HnaError
from profiler.operations import DEFAULT_CANDIDATES, operation_graph, operation_key
from profiler.space import (
    cell_candidates,
    known_topology,
    named_space,
    random_networks,
    space_operations,
    uniform_network,
)


@pytest.mark.parametrize(
    ("candidate", "gmacs", "mweights"),
    [
        ("3x3_MBConv2", 9.577, 0.416),
        ("3x3_MBConv4", 19.154, 0.831),
        ("5x5_MBConv6", 31.053, 1.343),
        ("3x3_ResConv", 3.263, 0.919),
        ("5x5_ResConv", 8.623, 2.501),
        ("7x7_ResConv", 16.663, 4.875),
        ("3x3_GroupConv2", 1.658, 0.460),
        ("3x3_GroupConv4", 0.856, 0.230),
        ("3x3_GroupConv8", 0.455, 0.116),
        ("3x3_SpaConv", 1.655, 0.616),
        ("5x5_SpaConv", 2.594, 1.008),
        ("7x7_SpaConv", 3.532, 1.399),
        ("3x3_DepthSC", 0.488, 0.061),
        ("5x5_DepthSC", 0.879, 0.079),
        ("7x7_DepthSC", 1.465, 0.106),
    ],
)
def test_networks_of_one_operation_cost_what_the_specification_says(
    shipped_topology, candidate, gmacs, mweights
):
    whole = uniform_network(named_space(), shipped_topology, candidate)

    cost = cost_of(operation_graph(whole))

    assert round(cost.macs / 1e9, 3) == gmacs
    assert cost.conv_weights / 1e6 == pytest.approx(mweights, abs=0.0006)  # 415 456 is printed .416


def test_every_candidate_of_every_cell_costs_what_the_published_table_says(
    golden, shipped_topology
):
    text = (golden.parent / "tables" / "op_cost_two_resnet18.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    by_name = {n: uniform_network(named_space(), shipped_topology, n) for n in DEFAULT_CANDIDATES}

    for row in rows:
        whole = by_name[row["op"]]
        place = (int(row["iter"]), int(row["layer"]))
        cell = next(cell for cell in whole.cells if cell.place == place)
        cost = cost_of(operation_graph(whole.operation(cell)))
        stated = [int(row[name]) for name in ("conv_macs", "conv_weights", "all_params")]
        assert [cost.macs, cost.conv_weights, cost.parameters] == stated
    assert len(rows) == 12 * 12


@pytest.mark.parametrize(
    ("channels", "backbone", "gmacs", "mparameters"),
    [
        ("one", "resnet_10", 0.744, 0.134),
        ("one", "resnet_18", 0.820, 0.232),
        ("one", "resnet_34", 0.971, 0.391),
        ("two", "resnet_10", 2.961, 0.531),
        ("two", "resnet_18", 3.263, 0.924),
        ("two", "resnet_34", 3.867, 1.558),
        ("three", "resnet_10", 11.810, 2.115),
        ("three", "resnet_18", 13.018, 3.684),
        ("three", "resnet_34", 15.434, 6.215),
        ("four", "resnet_10", 47.18, 8.444),
        ("four", "resnet_18", 52.01, 14.717),
        ("four", "resnet_34", 61.67, 24.829),
        ("all_16", "resnet_10", 2.970, 0.092),
        ("all_16", "resnet_18", 3.070, 0.111),
        ("all_16", "resnet_34", 3.204, 0.149),
        ("all_32", "resnet_10", 11.815, 0.365),
        ("all_32", "resnet_18", 12.216, 0.440),
        ("all_32", "resnet_34", 12.749, 0.589),
        ("all_48", "resnet_10", 26.535, 0.819),
        ("all_48", "resnet_18", 27.437, 0.986),
        ("all_48", "resnet_34", 28.637, 1.320),
    ],
)
def test_other_widths_and_depths_cost_what_the_specification_says(
    shipped_topology, channels, backbone, gmacs, mparameters
):
    whole = uniform_network(named_space(channels, backbone), shipped_topology, "3x3_ResConv")

    cost = cost_of(operation_graph(whole))

    assert cost.macs / 1e9 == pytest.approx(gmacs, abs=0.0051 if gmacs > 40 else 0.00051)
    assert cost.parameters / 1e6 == pytest.approx(mparameters, abs=0.0006)


def test_the_operations_of_a_space_are_those_of_all_its_networks_each_once():
    space, topology = named_space("one", height=32, width=32), known_topology("unetpp")

    keys = [operation_key(operation) for operation in space_operations(space, topology)]

    networks = [uniform_network(space, topology, name) for name in space.candidates]
    assert len(keys) == len(set(keys))
    assert set(keys) == {operation_key(part) for n in networks for part in n.parts()}


def test_the_operations_of_a_space_price_every_mixture_of_candidates():
    space, topology = named_space("one", height=32, width=32), known_topology("unetpp")

    keys = {operation_key(operation) for operation in space_operations(space, topology)}

    mixed = random_networks(space, topology, 20, seed=1)
    assert {part.kind for n in mixed for part in n.parts()} >= {"placed", "max_pool", "head"}
    assert {operation_key(part) for n in mixed for part in n.parts()} <= keys


def test_candidates_that_are_one_operation_are_one_choice():
    space, topology = named_space("one", height=32, width=32), known_topology("unet")

    candidates = cell_candidates(space, topology)

    assert "3x3_GroupConv2" not in candidates[(0, 0)]  # three channels in
    assert "3x3_GroupConv4" in candidates[(0, 1)]  # four in, eight out
    assert "3x3_GroupConv8" not in candidates[(0, 1)]


def test_random_networks_differ_and_repeat_with_their_seed():
    space, topology = named_space("one", height=32, width=32), known_topology("unet")

    first = random_networks(space, topology, 40, seed=1)

    assert len({operation_key(n) for n in first}) == 40
    assert first == random_networks(space, topology, 40, seed=1)
    assert first != random_networks(space, topology, 40, seed=2)


def test_all_networks_of_a_small_space_can_be_drawn_but_no_more():
    space = named_space("one", height=32, width=32, candidates=("3x3_ResConv", "3x3_GroupConv2"))
    topology = known_topology("unet")  # nine cells; the first has one distinct candidate

    assert len(random_networks(space, topology, 2**8, seed=0)) == 2**8
    with pytest.raises(HnaError, match="the space has 256"):
        random_networks(space, topology, 2**8 + 1, seed=0)
