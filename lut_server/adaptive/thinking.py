"""
The thread of a server that decides for adaptive campaigns, beside its requests.

Several servers and processes on one store each have one; of those that think at once one says so in
the store, and the others look for something else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Event

from lut_server.adaptive.service import Adaptive
from lut_server.background import in_background
from profiler.errors import StoreFailed

log = logging.getLogger(__name__)


@contextmanager
def thinking(adaptive: Adaptive, every_s: float) -> Iterator[None]:
    """
    Decide for adaptive campaigns now and then, until the block ends.

    Args:
        adaptive: decides.
        every_s: between two looks, in seconds; 0 leaves it to other servers.
    """
    if not every_s:
        yield
        return
    with in_background("adaptive", partial(_rounds, adaptive, every_s)):
        yield


def _rounds(adaptive: Adaptive, every_s: float, over: Event) -> None:
    with ThreadPoolExecutor(1, "thinking") as pool:
        while not over.is_set():
            error = pool.submit(adaptive.decide_all).exception()
            if isinstance(error, StoreFailed):
                log.warning("adaptive campaigns wait for another look: %s", error)
            elif error is not None:  # a fault of ours, which must not end the thread
                log.error("an adaptive campaign could not be decided", exc_info=error)
            over.wait(every_s)
