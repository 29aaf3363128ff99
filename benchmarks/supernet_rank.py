"""
Does the supernet know which network is better: ``python -m benchmarks.supernet_rank``.

A few networks within the budget, of very different scores, are trained by themselves for a third
of a whole training; the figure is the rank correlation of their mIoU on the test list with what
their scores promised.  The baseline ranks them as the reference does: by the loss each shows in
the supernet, batch norms as the search left them.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random

import torch

from benchmarks.figures import Figure, at_least, report, say
from benchmarks.search_vs_random import trained_miou
from benchmarks.small_search import SmallSearch, small_search
from profiler.certificates import kendall_tau
from search.data.batches import Batches
from search.derive import Choice, Derived
from search.losses import soft_iou_loss
from search.stage2 import scored, search_operations
from search.stage2.supernet import Stage2Supernet

NETWORKS = 8
EPOCHS = 24
DRAWN = 2000
"""Random networks those are chosen among."""


def run() -> list[Figure]:
    """Search once, train a few networks by themselves, compare the two orders."""
    house = small_search()
    shortened = replace(house.configuration.training, epochs=EPOCHS)
    house = replace(house, configuration=replace(house.configuration, training=shortened))
    with tempfile.TemporaryDirectory() as folder:
        networks, as_left = ranked(house, Path(folder))
        mious = [
            trained_miou(house, network, Path(folder) / str(number))
            for number, network in enumerate(networks)
        ]
    for network, miou in zip(networks, mious, strict=True):
        say(f"promised {network.score:+.3f}, mIoU by itself {miou:.3f}")
    tau = kendall_tau([network.score for network in networks], mious)
    return [at_least("kendall_tau", tau, 0.3, "ratio", kendall_tau(as_left, mious))]


def ranked(house: SmallSearch, folder: Path) -> tuple[list[Derived], list[float]]:
    """Return a few networks with their scores, and how the reference would score them."""
    training, validation, held_out = house.batches()
    result = search_operations(
        house.configuration.space, house.topology, [house.limit], training, validation,
        house.configuration.stage2, run=folder,
    )  # fmt: skip
    left = {name: tensor.clone() for name, tensor in result.supernet.state_dict().items()}
    networks = spread_out(scored(result, training, held_out).choice)
    result.supernet.load_state_dict(left)
    return networks, [-loss_as_left(result.supernet, each, held_out) for each in networks]


def spread_out(choice: Choice) -> list[Derived]:
    """Return networks within the limits from a poor to a good sum of scores, evenly apart."""
    generator = Random(0)
    found: list[Derived] = []
    while len(found) < DRAWN:
        picked = [generator.randrange(len(names)) for names in choice.candidates.values()]
        if all(limit.costs.of(picked) <= limit.allowed for limit in choice.limits):
            found.append(_network(choice, picked))
    found.sort(key=lambda network: network.score)
    return [found[round(k * (DRAWN - 1) / (NETWORKS - 1))] for k in range(NETWORKS)]


def loss_as_left(supernet: Stage2Supernet, network: Derived, held_out: Batches) -> float:
    """Return the validation loss of a network with the statistics of the whole supernet."""
    names = supernet.candidates
    path = supernet.architecture.fixed_path(
        [names[place].index(name) for place, name in network.candidates.items()]
    )
    supernet.eval()
    with torch.inference_mode():
        losses = [float(soft_iou_loss(supernet(x, path), y)) for x, y in held_out.epoch(0)]
    return sum(losses) / len(losses)


def _network(choice: Choice, picked: list[int]) -> Derived:
    pairs = list(zip(choice.candidates.items(), picked, strict=True))
    return Derived(
        candidates={place: names[index] for (place, names), index in pairs},
        predicted={limit.name: limit.costs.of(picked) for limit in choice.limits},
        score=sum(choice.scores[place][index] for (place, _), index in pairs),
    )


if __name__ == "__main__":
    report(run)
