"""Costs of the release that are facts of its networks and of its search space (spec 3.7, 6.1)."""

import pytest

from profiler.cost import cost_of
from profiler.operations import DEFAULT_CANDIDATES, Position, candidate_at, operation_graph
from profiler.space import named_space, skeleton
from search.reference import read_configuration


def placeholder_parameters(configuration, topology, *, candidates=None):
    """Trainable numbers of the placeholders that stand for skipped cells: one channel in."""
    total = 0
    for place in topology.skipped:
        cell = configuration.cells[place]
        where = Position(channels_in=1, channels_out=cell.channels_out, height=8, width=8)
        for name in candidates or (cell.candidate,):
            total += cost_of(operation_graph(candidate_at(name, where))).parameters
    return total


@pytest.fixture(scope="module")
def cells(topology):
    """The costs of the twelve candidates of every running cell, and of the head."""
    network = skeleton(named_space(), topology)
    candidates = [
        [cost_of(operation_graph(network_at)) for network_at in choices]
        for choices in (
            [candidate_at(name, network.position(cell)) for name in DEFAULT_CANDIDATES]
            for cell in network.cells
        )
    ]
    return candidates, cost_of(operation_graph(network.head()))


@pytest.mark.parametrize(
    ("name", "macs", "weights", "parameters", "with_placeholders"),
    [
        ("cpu_26_10", 2.967994, 225_288, 230_153, 240_301),
        ("gpu_27_10", 2.816016, 572_424, 582_009, 616_125),
        ("ecpu_16_11", 6.084690, 2_116_936, 2_129_977, 2_159_525),
        ("egpu_13_11", 1.650983, 841_576, 846_521, 885_673),
    ],
)
def test_the_shipped_networks_cost_what_the_release_says(
    golden, topology, name, macs, weights, parameters, with_placeholders
):
    configuration = read_configuration(golden / "fixtures" / f"{name}.net.config.json")

    cost = cost_of(operation_graph(configuration.network(topology, size=256)))

    assert round(cost.macs / 1e9, 6) == macs
    assert (cost.conv_weights, cost.parameters) == (weights, parameters)
    left_out = placeholder_parameters(configuration, topology)
    assert cost.parameters + left_out == with_placeholders


def test_expectations_at_uniform_alpha_are_those_of_the_reference(cells):
    candidates, head = cells

    macs = sum(sum(cost.macs for cost in choices) / 12 for choices in candidates) + head.macs
    weights = sum(sum(cost.conv_weights for cost in choices) / 12 for choices in candidates)

    assert macs == 8_257_011_712
    assert weights + head.conv_weights == 1_226_110


def test_the_cheapest_and_the_dearest_network_span_what_the_specification_says(cells):
    candidates, head = cells

    extremes = [
        (
            sum(choose(cost.macs for cost in choices) for choices in candidates) + head.macs,
            sum(choose(cost.conv_weights for cost in choices) for choices in candidates)
            + head.conv_weights,
        )
        for choose in (min, max)
    ]

    assert [round(macs / 1e9, 3) for macs, _ in extremes] == [0.407, 35.534]
    assert [round(weights / 1e6, 3) for _, weights in extremes] == [0.108, 5.327]


def test_the_supernet_of_the_reference_has_15_189_385_parameters(cells, golden, topology):
    candidates, head = cells
    configuration = read_configuration(golden / "fixtures" / "egpu_13_11.net.config.json")

    running = sum(cost.parameters for choices in candidates for cost in choices)

    left_out = placeholder_parameters(configuration, topology, candidates=DEFAULT_CANDIDATES)
    assert running + head.parameters + left_out == 15_189_385
