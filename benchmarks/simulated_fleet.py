"""
Does the whole system find the best network there is?  ``python -m benchmarks.simulated_fleet``.

A server and fifteen agents run as processes; each agent replays a device of a published file, with
noise: 15,625 networks of NAS-Bench-201 on 27 device settings (``HNA_DATA``).  Nine devices measure
300 networks each; then six others, those that HELP (NeurIPS 2021) leaves out, measure a handful,
get the rest transferred, and are searched under five latency budgets each, by measuring at most 60
networks a search.  What the best choice would have been is known from the file.

The file holds no accuracy: what is maximised is computed exactly from the architecture, see
``known_optimum.cells``.  A search sees the handful and what it asked for itself, so that figures
are of so few measurements; searches of one device share jobs, not results.  Baselines are told
true latencies without noise: as many networks drawn at random, and the same search without
transfer.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import fmean

import numpy as np

from benchmarks.figures import Figure, at_most, report, say
from benchmarks.known_optimum.baselines import by_chance, without_transfer
from benchmarks.known_optimum.cells import Cells
from benchmarks.known_optimum.house import Fleet, fleet
from benchmarks.known_optimum.hunt import Hunt, Reading
from benchmarks.known_optimum.pricing import Belief, transferred_belief
from benchmarks.known_optimum.truth import SHARES, Truth, known_truth, published_file
from profiler.operations import Operation, operation_key
from profiler.table import Table
from profiler.transfer import most_telling, transferred_entries, usable_sources

SOURCES = (
    *("1080ti_1", "1080ti_32", "1080ti_256", "silver_4114", "silver_4210r"),
    *("samsung_a50", "pixel3", "essential_ph_1", "samsung_s7"),
)
"""HELP's training devices."""

UNSEEN = ("titan_rtx_256", "gold_6226", "fpga", "pixel2", "raspi4", "eyeriss")
"""HELP's test devices."""

SOURCE_NETWORKS = 300
HANDFUL = 15
STEPS = 5
A_STEP = 9
SEED = 0
GOAL = 0.02
GOAL_S = 300.0


@dataclass(kw_only=True, eq=False)
class Unseen:
    """
    A new device while it is searched for.

    Args:
        model: its name.
        truth: for judging only.
        handful: the networks it measured first.
        belief: what the sources said of all others after that.
        hunts: the searches, with the names of their objectives.
    """

    model: str
    truth: Truth
    handful: Sequence[int]
    belief: Belief
    hunts: list[tuple[str, Hunt]]

    def asked(self) -> list[list[int]]:
        """Return what each search wants to have measured next."""
        return [hunt.ask(self.belief, A_STEP) for _, hunt in self.hunts]

    def tell(self, asked: Sequence[Sequence[int]], table: Table) -> None:
        """Give each search the rows it asked for."""
        for (_, hunt), wanted in zip(self.hunts, asked, strict=True):
            hunt.tell(readings(table, self.truth.cells, wanted))

    def regrets(self, objective: str) -> list[float]:
        """Return the regrets of the searches for an objective so far."""
        return [
            self.truth.regret(self.model, hunt) for name, hunt in self.hunts if name == objective
        ]


def run() -> list[Figure]:
    """Search six devices for networks whose optimum is known, through the whole system."""
    start_s = time.monotonic()
    truth = known_truth(published_file(), SEED)
    with tempfile.TemporaryDirectory() as folder:
        plans = dict.fromkeys(SOURCES, "quick") | dict.fromkeys(UNSEEN, "default")
        with fleet(Path(folder), published_file(), plans) as devices:
            say(f"{len(devices.devices)} agents run after {time.monotonic() - start_s:.0f} s")
            unseen = onboarded(devices, truth, SOURCES, UNSEEN)
            say(f"six devices are onboarded after {time.monotonic() - start_s:.0f} s")
            search(devices, unseen)
    took_s = time.monotonic() - start_s
    say(f"{took_s:.0f} s, of which processors worked {_processor_s():.0f} s for all processes")
    figures = [figure for name in truth.objectives for figure in _figures(name, truth, unseen)]
    measured = max(len(hunt.readings) for device in unseen for _, hunt in device.hunts)
    return [
        *figures,
        at_most("networks_measured_by_a_search", measured, HANDFUL + STEPS * A_STEP, "networks"),
        at_most("seconds", took_s, GOAL_S, "s"),
    ]


def onboarded(
    devices: Fleet, truth: Truth, sources: Sequence[str], unseen: Sequence[str]
) -> list[Unseen]:
    """Have sources measure many networks and new devices a handful; return the new devices."""
    cells = truth.cells
    draw = np.random.default_rng(SEED)
    known = draw.choice(np.flatnonzero(cells.connected), SOURCE_NETWORKS, replace=False).tolist()
    wanted = [cells.networks[i] for i in known]
    taught = tuple(devices.measure(dict.fromkeys(sources, wanted)).values())
    place = {operation_key(network): i for i, network in enumerate(cells.networks)}
    first = most_telling(taught, wanted, HANDFUL)
    handful = [place[operation_key(operation)] for operation in first]
    tables = devices.measure(dict.fromkeys(unseen, first))
    found = []
    for model, table in tables.items():
        usable = usable_sources(devices.empty(model), taught, wanted)
        entries = transferred_entries(table, usable, wanted)
        features = cells.features[[place[entry.key] for entry in entries]]
        belief = transferred_belief(features, entries)
        hunts = truth.hunts(model)
        for _, hunt in hunts:
            hunt.tell(readings(table, cells, handful))
        found.append(Unseen(model=model, truth=truth, handful=handful, belief=belief, hunts=hunts))
    return found


def search(devices: Fleet, unseen: Sequence[Unseen]) -> None:
    """Go on with all searches step by step, all devices at once."""
    for step in range(STEPS):
        _tell(step, unseen)
        asked = {device.model: device.asked() for device in unseen}
        tables = devices.measure(
            {device.model: _each_once(device.truth.cells, asked[device.model]) for device in unseen}
        )
        for device in unseen:
            device.tell(asked[device.model], tables[device.model])
    _tell(STEPS, unseen)


def readings(table: Table, cells: Cells, wanted: Sequence[int]) -> dict[int, Reading]:
    """Return what a table says of networks, by their place in the space."""
    found = {}
    for place in wanted:
        entry = table.by_key[operation_key(cells.networks[place])]
        high_us = entry.latency_us if entry.high_us is None else entry.high_us
        found[place] = Reading(latency_us=entry.latency_us, high_us=high_us)
    return found


def _each_once(cells: Cells, asked: Sequence[Sequence[int]]) -> list[Operation]:
    return [cells.networks[i] for i in dict.fromkeys(i for wanted in asked for i in wanted)]


def _tell(step: int, unseen: Sequence[Unseen]) -> None:
    """Say how large regrets are after so many steps: the curve over what was measured."""
    for name in unseen[0].truth.objectives:
        means = [f"{device.model} {fmean(device.regrets(name)):.1%}" for device in unseen]
        say(f"{HANDFUL + step * A_STEP} measured, mean regret of {name}: {', '.join(means)}")


def _figures(name: str, truth: Truth, unseen: Sequence[Unseen]) -> list[Figure]:
    """Return regrets for one objective: of all devices, and of each."""
    figures, found, alone, chance = [], [], [], []
    for device in unseen:
        hunts = [hunt for objective, hunt in device.hunts if objective == name]
        here = device.regrets(name)
        without = [
            without_transfer(truth, device.model, hunt, HANDFUL, STEPS, A_STEP) for hunt in hunts
        ]
        texts = [f"{share:.0%}: {each:.1%}" for share, each in zip(SHARES, here, strict=True)]
        say(f"{name} on {device.model}, by budget: {', '.join(texts)}")
        figures.append(_regret(f"{name}_on_{device.model}", here, without))
        found += here
        alone += without
        chance += [by_chance(truth, device.model, hunt) for hunt in hunts]
    return [
        _regret(f"{name}_beside_no_transfer", found, alone),
        _regret(f"{name}_beside_chance", found, chance),
        *figures,
        at_most(f"{name}_missed", found.count(1.0), 0, "searches", alone.count(1.0)),
    ]


def _processor_s() -> float:
    """Return the processor time of this process and of those it started, all ended."""
    return sum(
        used.ru_utime + used.ru_stime for used in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN))
    )


def _regret(name: str, found: Sequence[float], otherwise: Sequence[float]) -> Figure:
    """Return the mean regret of searches."""
    return at_most(name, fmean(found), GOAL, "regret", fmean(otherwise))


if __name__ == "__main__":
    report(run)
