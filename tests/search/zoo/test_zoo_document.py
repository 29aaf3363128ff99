"""The table of docs/zoo.md is what the definitions cost."""

from pathlib import Path

import pytest

from profiler.cost import cost_of
from profiler.operations import operation_graph
from search.zoo import ZOO, zoo_network

DOCUMENT = Path(__file__).parents[3] / "docs/zoo.md"
LINES = [
    line
    for line in DOCUMENT.read_text().splitlines()
    if line.startswith(tuple(f"| {name} |" for name in ZOO))
]
ROWS = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in LINES]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(row[:4]))
def test_a_row_is_what_the_network_costs(row):
    model, backbone, channels, heads, parameters, gmacs = row
    network = zoo_network(
        model,
        backbone="resnet_18" if model.startswith("ACM") else backbone,
        channel_size=channels,
        deep_supervision=heads != "1",
    )

    cost = cost_of(operation_graph(network))

    assert (str(network.heads), f"{cost.parameters:,}") == (heads, parameters)
    assert f"{cost.macs / 1e9:.2f}" == gmacs


def test_every_network_of_the_zoo_is_in_the_table():
    assert {row[0] for row in ROWS} == set(ZOO)
