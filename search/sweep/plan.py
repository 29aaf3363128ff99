"""
What a sweep consists of: the cross product of devices, budgets and seeds.

Every element is one ordinary search into a folder of its own, described by a value that travels to
whichever machine runs it.  It refuses two elements that would share a folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from profiler.errors import RunInvalid
from search.configuration import Configuration

Configure = Callable[[float, int], Configuration]
"""Return the configuration for a budget in microseconds and a seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """
    One search of a sweep.

    Args:
        server: address of the server, as seen from the machine that searches.
        data: folder of the data set, as seen from there.
        split: folder of the lists.
        device: name, model or fingerprint.
        configuration: what to do; budget and seed stand there.
        folder: where the search is kept.
    """

    server: str
    data: Path
    split: str
    device: str
    configuration: Configuration
    folder: Path

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def budget_us(self) -> float:
        """The latency budget, in microseconds."""
        assert self.configuration.budget_us is not None  # a sweep is over budgets
        return self.configuration.budget_us


def plan_sweep(
    *,
    server: str,
    data: Path,
    split: str,
    devices: Sequence[str],
    budgets_us: Sequence[float],
    seeds: Sequence[int],
    configure: Configure,
    folder: Path,
) -> tuple[Order, ...]:
    """
    Return the searches of a sweep, those of one device and budget beside each other.

    Args:
        server: address of the server.
        data: folder of the data set.
        split: folder of the lists.
        devices: name, model or fingerprint of each.
        budgets_us: in microseconds.
        seeds: of everything random.
        configure: makes the configuration for a budget and a seed.
        folder: of the sweep.

    Raises:
        RunInvalid: nothing to search for, or two searches of one name.
    """
    if not (devices and budgets_us and seeds):
        raise RunInvalid("a sweep needs at least one device, one budget and one seed")
    orders = tuple(
        Order(
            server=server,
            data=data.resolve(),
            split=split,
            device=device,
            configuration=configure(budget_us, seed),
            folder=folder.resolve() / search_name(device, budget_us, seed),
        )
        for device, budget_us, seed in product(devices, budgets_us, seeds)
    )
    _require_different(orders)
    return orders


def search_name(device: str, budget_us: float, seed: int) -> str:
    """
    Return what a search of a sweep is called.

    >>> search_name("Orin NX/8GB", 2500.0, 1)
    'Orin-NX-8GB-2.5ms-seed1'
    """
    plain = re.sub(r"[^\w.]+", "-", device).strip("-.")
    return f"{plain}-{budget_us / 1000:g}ms-seed{seed}"


def _require_different(orders: Sequence[Order]) -> None:
    names = [order.name for order in orders]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RunInvalid(
            f"the sweep holds {twice[0]} more than once; name every device, budget and seed once"
        )
