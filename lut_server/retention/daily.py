"""
The day's round of a server that keeps samples for a time: a thread beside it.

Several servers on one store may each make their round: what one thinned the other leaves alone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event

from lut_server.background import in_background
from lut_server.clock import Clock
from lut_server.database import Database
from lut_server.retention.service import thin_in_batches
from profiler.errors import StoreFailed

DAY_S = 86_400.0

log = logging.getLogger(__name__)


@contextmanager
def thinning_daily(
    days: float | None, database: Database, clock: Clock, pause_s: float = DAY_S
) -> Iterator[None]:
    """
    Thin what is older than *days* now and once a day, until the block ends; None is never.

    Args:
        days: age.
        database: of the store.
        clock: tells the time.
        pause_s: between two rounds, in seconds.
    """
    if days is None:
        yield
        return
    with in_background("retention", partial(_rounds, days, database, clock, pause_s)):
        yield


def _rounds(days: float, database: Database, clock: Clock, pause_s: float, over: Event) -> None:
    while not over.is_set():
        try:
            for done in thin_in_batches(days, database, clock):
                log.info("let %d samples of %d measurements go", done.samples, done.measurements)
                if over.is_set():
                    return
        except StoreFailed as error:
            log.warning("samples stay for another round: %s", error)
        over.wait(pause_s)
