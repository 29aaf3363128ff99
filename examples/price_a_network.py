"""
What would this network cost on that device?  Ask the lookup-table server.

    hna serve & hna agent --server http://127.0.0.1:8765 &
    python examples/price_a_network.py

Has what the table lacks measured first, on the only device the server knows.
"""

from __future__ import annotations

from lut_server.client import LutClient
from profiler.certificates import sum_us
from profiler.operations import operation_label
from profiler.space import known_topology, named_space, uniform_network
from search.target import find_target, measure_on


def main() -> None:
    """Print the price of a small UNet++ of residual blocks, row by row."""
    space = named_space("one", "resnet_10", height=64, width=64)
    network = uniform_network(space, known_topology("unetpp"), "3x3_ResConv")
    with LutClient() as client:
        target = find_target(client)
        measure_on(client, target, tuple(network.parts()), name="price a UNet++")
        table = client.table(target.table)
    for part in network.parts():
        print(f"{table.latency_us(part):9.1f} us  {operation_label(part)}")
    print(f"{sum_us(table, network):9.1f} us  in all, on {target.device.name}, not calibrated")


if __name__ == "__main__":
    main()
