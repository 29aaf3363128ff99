"""Networks of one level whose rows have made-up prices, kernels and cold latencies."""

from dataclasses import dataclass, replace

import pytest

from profiler.device import Environment
from profiler.operations import Cell, Network
from profiler.table import Entry, Quantity, Table

PRICES_US = {
    "3x3_ResConv": 100.0, "5x5_ResConv": 260.0, "3x3_SpaConv": 70.0, "3x3_MBConv4": 150.0,
}  # fmt: skip
FIRST_US, HEAD_US = 40.0, 5.0


@dataclass(frozen=True)
class Bench:
    """Makes tables; kernels and colder are by candidate, the first cell and the head have none."""

    kernels: dict | None = None
    colder_us: dict | None = None

    def chain(self, *candidates):
        """A network of one level: cell after cell, each of 8 channels."""
        cells = [Cell(iteration=0, level=0, inputs=(), candidate="7x7_ResConv")]
        for i, candidate in enumerate(candidates, start=1):
            cells.append(Cell(iteration=i, level=0, inputs=((i - 1, 0),), candidate=candidate))
        return Network(height=4, width=4, channels=(8,), cells=tuple(cells))

    def chains(self):
        """All pairs of candidates, each alone, and some of three: 24 networks."""
        names = list(PRICES_US)
        three = [(a, "3x3_ResConv", a) for a in names]
        return [self.chain(*each) for each in [(a, b) for a in names for b in names] + three] + [
            self.chain(a) for a in names
        ]

    def pairs(self):
        """All pairs of candidates: 16 networks of three cells."""
        return [self.chain(a, b) for a in PRICES_US for b in PRICES_US]

    def price(self, network):
        """The sum by hand: first cell, head, and each further cell."""
        return FIRST_US + HEAD_US + sum(PRICES_US[c.candidate] for c in network.cells[1:])

    def count(self, network, per_candidate):
        """What the further cells add up to of something else."""
        return sum(per_candidate[c.candidate] for c in network.cells[1:])

    def row(self, operation, latency_us, half=0.01, **more):
        """A row whose interval reaches that share to either side."""
        low_us, high_us = latency_us * (1 - half), latency_us * (1 + half)
        made = Entry(
            operation=operation, latency_us=latency_us, low_us=low_us, high_us=high_us, samples=9
        )
        return replace(made, **more)

    def table(self, measured):
        """A table of the rows of all candidates, and of networks with their latencies."""
        network = self.chain(*PRICES_US)
        rows = [self._of_cell(network, cell) for cell in network.cells]
        rows.append(self._of(network.head(), HEAD_US, 0, 0.0))
        whole = [self.row(each, latency_us) for each, latency_us in measured.items()]
        return Table(
            device_model="board",
            environment=Environment(runtime="simulated", runtime_version="1", provider="none"),
            entries=(*rows, *whole),
        )

    def _of_cell(self, network, cell):
        first = cell.iteration == 0
        return self._of(
            network.operation(cell),
            FIRST_US if first else PRICES_US[cell.candidate],
            0 if first else (self.kernels or {}).get(cell.candidate, 0),
            0.0 if first else (self.colder_us or {}).get(cell.candidate, 0.0),
        )

    def _of(self, operation, latency_us, kernels, colder_us):
        cold_us = latency_us + colder_us
        return self.row(
            operation,
            latency_us,
            kernels=None if self.kernels is None else kernels,
            cold_us=None
            if self.colder_us is None
            else Quantity(value=cold_us, low=cold_us, high=cold_us),
        )


@pytest.fixture
def bench():
    """Tables whose rows tell neither kernels nor cold latencies."""
    return Bench()


@pytest.fixture
def telling():
    """Tables whose rows tell both; neither is in step with latency, nor with each other."""
    return Bench(
        kernels={"3x3_ResConv": 9, "5x5_ResConv": 2, "3x3_SpaConv": 5, "3x3_MBConv4": 7},
        colder_us={
            "3x3_ResConv": 10.0, "5x5_ResConv": 20.0, "3x3_SpaConv": 60.0, "3x3_MBConv4": 5.0,
        },
    )  # fmt: skip
