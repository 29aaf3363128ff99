"""
Which of 1,000 networks is the fastest on a board that was onboarded minutes ago?

    hna onboard --server http://127.0.0.1:8765          # beside the board; prints the table's name
    python examples/fastest_on_a_new_board.py TABLE

Most rows were never measured there; how many, and how far off that may be, is printed beside.
"""

from __future__ import annotations

import os
import sys

from lut_server.client import LutClient
from profiler.estimate import estimate_network
from profiler.space import known_topology, named_space, random_networks


def main(name: str) -> None:
    """Print the five fastest networks of the small space by the table *name*."""
    space = named_space("one", "resnet_10", height=96, width=96)
    networks = random_networks(space, known_topology("unetpp"), 1_000, seed=1)
    with LutClient(os.environ.get("HNA_SERVER")) as client:
        table = client.table(name, allow=("transferred", "predicted"))
    estimates = [estimate_network(table, network, None, ()) for network in networks]
    known = [estimate for estimate in estimates if estimate.latency_us is not None]
    print(f"{len(known)} of {len(networks)} networks have a row for each of their operations")
    for best in sorted(known, key=lambda estimate: estimate.latency_us or 0.0)[:5]:
        interval = "" if best.low_us is None else f" ({best.low_us:.0f} - {best.high_us:.0f})"
        kinds = ", ".join(f"{count} {kind}" for kind, count in best.value_kinds.items())
        print(f"{best.latency_us:9.0f} us{interval}; rows: {kinds}")


if __name__ == "__main__":
    main(sys.argv[1])
