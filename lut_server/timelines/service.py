"""Rules about timelines: what each session alone says of an operation."""

from __future__ import annotations

from lut_server.database import Database
from lut_server.tables.reader import TableReader
from lut_server.timelines.repository import TimelineRepository
from lut_server.timelines.visit import Visit, visit_of
from lut_server.wire import Timeline, TimelinePoint
from profiler.errors import EntryMissing
from profiler.operations import border_of, operation_digest


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
                _point(visit_of(measured))
                for measured in timelines.measured(name, digest, around, count)
            ]
            sessions = timelines.count(name, digest)
        return Timeline(table=name, operation=operation, sessions=sessions, points=tuple(points))


def _point(visit: Visit) -> TimelinePoint:
    return TimelinePoint(
        session_id=visit.session.id,
        at=visit.at,
        received_at=visit.received_at,
        fingerprint=visit.session.device.fingerprint,
        device=visit.session.device.name,
        measurement_id=visit.measurement.id,
        entry=visit.entry,
        rounds=len(visit.measurement.rounds),
        disturbed=visit.disturbed,
        software=visit.session.software,
        warnings=visit.session.warnings,
    )
