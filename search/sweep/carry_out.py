"""
A whole sweep: run what is not finished, and write down what was found.

Without Ray the searches run one by one in this process.  Campaigns of searches for one device
queue at the server: an agent measures one thing at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from profiler.atomic import write_atomically
from search.sweep.perform import Outcome
from search.sweep.picture import front_svg
from search.sweep.plan import Order
from search.sweep.summary import succeeded_on, write_sweep

SWEEP = "sweep.json"


def carry_out(
    orders: Sequence[Order],
    performed: Iterable[Outcome],
    folder: Path,
    on_outcome: Callable[[Outcome], None],
) -> tuple[Outcome, ...]:
    """
    Gather the outcomes as they come, and keep ``sweep.json`` up to date with each.

    Args:
        orders: the searches.
        performed: yields what became of each, in any order.
        folder: of the sweep; ``sweep.json`` and a ``front-<device>.svg`` for each device go there.
        on_outcome: called after every search.

    Returns:
        The outcomes in the order of *orders*.

    Raises:
        RunInvalid: ``sweep.json`` cannot be written.
    """
    gathered: dict[str, Outcome] = {}
    outcomes: tuple[Outcome, ...] = ()
    for outcome in performed:
        gathered[outcome.name] = outcome
        outcomes = tuple(gathered[each.name] for each in orders if each.name in gathered)
        write_sweep(folder / SWEEP, outcomes)
        on_outcome(outcome)
    for device in dict.fromkeys(each.device for each in outcomes):
        if succeeded_on(device, outcomes):
            picture = front_svg(device, outcomes)
            write_atomically(folder / picture_name(orders, device), picture.encode())
    return outcomes


def picture_name(orders: Sequence[Order], device: str) -> str:
    """Return the name of the picture of *device*, spelled as its searches' folders are."""
    first = next(order for order in orders if order.device == device)
    return f"front-{first.name.rsplit('-', 2)[0]}.svg"
