"""Rules about timelines: what each session alone says of an operation."""

from __future__ import annotations

from lut_server.database import Database
from lut_server.documents import from_document
from lut_server.tables.reader import TableReader
from lut_server.timelines.repository import Measured, TimelineRepository
from lut_server.wire import Timeline, TimelinePoint
from profiler.errors import EntryMissing
from profiler.measurement import Measurement, Session
from profiler.operations import Operation, border_of, operation_digest, operation_key
from profiler.tabulate import tabulate

DISTURBED = ("contended", "throttled")


class TimelineService:
    """What can be asked about an operation over time; to be used outside of transactions."""

    def __init__(self, tables: TableReader, database: Database) -> None:
        self._tables = tables
        self._database = database

    def timeline(self, name: str, key: str, count: int) -> Timeline:
        """
        Return an operation's latest sessions.

        Raises:
            TableUnknown: there is no table of that name.
            EntryMissing: it has no row for that key.
        """
        entry = self._tables.get(name).table.by_key.get(key)
        if entry is None:
            raise EntryMissing([key], name)
        operation = entry.operation
        digest, border = operation_digest(operation), border_of(operation)
        around = None if border is None else operation_digest(border)
        with self._database.reading() as session:
            timelines = TimelineRepository(session)
            points = [
                point_of(measured, operation)
                for measured in timelines.measured(name, digest, around, count)
            ]
            sessions = timelines.count(name, digest)
        return Timeline(table=name, operation=operation, sessions=sessions, points=tuple(points))


def point_of(measured: Measured, operation: Operation) -> TimelinePoint:
    """Return what one session says of *operation*."""
    document = measured.session.document | {"measurements": [], "gaps": []}
    session = from_document(Session, document)
    measurement = from_document(Measurement, measured.measurement)
    border = [] if measured.border is None else [from_document(Measurement, measured.border)]
    key = operation_key(operation)
    entries = (entry for entry in tabulate([[measurement, *border]]) if entry.key == key)
    return TimelinePoint(
        session_id=session.id,
        at=session.before.at,
        received_at=measured.session.received_at,
        fingerprint=session.device.fingerprint,
        device=session.device.name,
        measurement_id=measurement.id,
        entry=next(entries, None),
        rounds=len(measurement.rounds),
        disturbed=sum(part.state in DISTURBED for part in measurement.rounds),
        software=session.software,
        warnings=session.warnings,
    )
