"""
The searches of a sweep as Ray tasks: on the cores of this machine, or on a cluster.

A task is one whole search; Ray decides where it runs.  All machines see the folder of the sweep,
the data set and the server under the same names.  Stopping the sweep stops its tasks; their
folders go on when the sweep is called again.  Needs the extra ``cluster``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import ray
from ray.exceptions import RayError

from profiler.errors import SweepFailed
from search.sweep.perform import Outcome, failed, perform
from search.sweep.plan import Order

OBJECT_STORE_BYTES = 100 * 2**20
"""Tasks exchange a description and a few numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """
    What searches may take.

    Args:
        address: of the cluster, ``auto`` for the one this machine is part of; None makes one of
            this machine alone.
        jobs: searches at a time; None leaves it to the room there is on the cluster.
        cpus: cores of a search.
        gpus: GPUs of a search; a part of one shares it.
    """

    address: str | None = None
    jobs: int | None = None
    cpus: int = 1
    gpus: float = 0.0


def perform_on_ray(orders: Sequence[Order], resources: Resources) -> Iterator[Outcome]:
    """
    Yield what became of each search, in the order in which they end.

    Raises:
        SweepFailed: there is no cluster at the address.
    """
    task = ray.remote(
        num_cpus=resources.cpus, num_gpus=resources.gpus, max_retries=0
    )(perform)  # fmt: skip
    waiting = iter(orders)
    running: dict[Any, Order] = {}
    with _cluster(resources):
        try:
            _start(task, islice(waiting, resources.jobs), running)
            while running:
                (done, *_), _ = ray.wait(list(running))
                yield _outcome(done, running.pop(done))
                _start(task, islice(waiting, 1), running)
        finally:
            for reference in running:
                ray.cancel(reference)


def _start(task: Any, orders: Iterator[Order], running: dict[Any, Order]) -> None:
    for order in orders:
        running[task.remote(order)] = order


def _outcome(reference: Any, order: Order) -> Outcome:
    """Return what a task returned; one that was lost with its machine is a failed search."""
    try:
        outcome: Outcome = ray.get(reference)
    except RayError as error:
        return failed(order, f"the task was lost: {str(error).strip().splitlines()[-1]}")
    return outcome


@contextmanager
def _cluster(resources: Resources) -> Iterator[None]:
    if resources.address is not None:
        here: dict[str, Any] = {"address": resources.address}
    else:
        cores = resources.cpus * (resources.jobs or 1)
        here = {
            "num_cpus": cores,
            "include_dashboard": False,
            "object_store_memory": OBJECT_STORE_BYTES,
        }
    try:
        ray.init(log_to_driver=False, logging_level=logging.ERROR, **here)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise SweepFailed(f"no Ray cluster at {resources.address}: {error}") from error
    try:
        yield
    finally:
        ray.shutdown()
