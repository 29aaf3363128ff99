"""A thread of the server beside its requests, which ends with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def in_background(name: str, rounds: Callable[[Event], None]) -> Iterator[None]:
    """
    Run *rounds* in a thread until the block ends.

    Args:
        name: of the thread.
        rounds: goes on until the event it is given is set, and then returns soon.
    """
    over = Event()
    thread = Thread(target=rounds, args=(over,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
