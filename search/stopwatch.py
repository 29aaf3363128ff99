"""Where the time of a search went, by phase."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter


@dataclass(slots=True)
class Stopwatch:
    """
    Seconds by phase, in the order in which the phases began.

    Args:
        seconds: what earlier calls of the same search spent.
        keep: is told after every phase, so that a search that is interrupted forgets none.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    keep: Callable[[Mapping[str, float]], None] = lambda _: None

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time until the end of the context to phase *name*."""
        start = perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + perf_counter() - start
            self.keep(self.seconds)
