"""
Rules about samples that may go.

Old measurements are thinned: the median of each round stays, so that latencies and intervals do
not change (``profiler.thinning``).  Whole stays what a campaign under way was measured for, and
the networks of each table's newest certificate, by which the table is judged.  Where an archive
is named, samples are in it, on the disk, before any of them goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from lut_server.audit.service import Audit, person_here
from lut_server.clock import Clock, iso
from lut_server.database import Database
from lut_server.retention.archive import Archive
from lut_server.retention.repository import Held, RetentionRepository
from lut_server.tables.repository import TableRepository
from profiler.thinning import thin

BATCH = 500
"""Measurements in one transaction; reports wait for no more than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinningResult:
    """
    What thinning a store did.

    Args:
        measurements: how many were thinned.
        samples: how many samples they had.
        certified: how many stay whole because a certificate rests on them.
    """

    measurements: int = 0
    samples: int = 0
    certified: int = 0


def thin_older_than(
    days: float, database: Database, clock: Clock, archive: Archive | None = None
) -> ThinningResult:
    """
    Thin what was received more than *days* ago.

    Args:
        days: age.
        database: of the store.
        clock: tells the time.
        archive: where samples go first; they are gone for good without.

    Raises:
        ArchiveFailed: samples could not be written there; those stay.
    """
    done = list(thin_in_batches(days, database, clock, archive))
    return ThinningResult(
        measurements=sum(each.measurements for each in done),
        samples=sum(each.samples for each in done),
        certified=sum(each.certified for each in done),
    )


def thin_in_batches(
    days: float, database: Database, clock: Clock, archive: Archive | None = None
) -> Iterator[ThinningResult]:
    """Do what ``thin_older_than`` does, and say after each transaction what that did."""
    before, last = iso(clock() - timedelta(days=days)), ""
    while batch := _read(database, before, last):
        last = batch.held[-1].measurement.id
        if archive is not None and batch.going:
            archive.write(batch.going)
        yield _thin(batch, database, clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Measurements that are old enough, and those of them that may be thinned."""

    held: list[Held]
    going: list[Held]


def _read(database: Database, before: str, after_id: str) -> _Batch | None:
    with database.reading() as transaction:
        samples = RetentionRepository(transaction)
        held, certified = samples.held(before, after_id, BATCH), samples.certified()
    going = [each for each in held if (each.table, each.digest) not in certified]
    return _Batch(held=held, going=going) if held else None


def _thin(batch: _Batch, database: Database, clock: Clock) -> ThinningResult:
    """Thin a batch in one transaction; its tables are then computed anew."""
    certified = len(batch.held) - len(batch.going)
    if not batch.going:
        return ThinningResult(certified=certified)
    at = iso(clock())
    thinned = [thin(held.measurement, at) for held in batch.going]
    with database.writing() as transaction:
        done = RetentionRepository(transaction).replace(thinned, at)
        tables, names = TableRepository(transaction), sorted({held.table for held in batch.going})
        Audit(transaction, person_here(), clock).note("thin_samples", ", ".join(names), count=done)
        for name in names:
            if tables.changes(name):  # one of health checks only is no table yet
                tables.count_change(name)
    samples = sum(each.thinned.samples for each in thinned if each.thinned is not None)
    return ThinningResult(measurements=done, samples=samples, certified=certified)
