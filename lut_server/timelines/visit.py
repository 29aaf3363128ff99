"""An operation in one session, read from the store: for the API and for pages."""

from __future__ import annotations

from dataclasses import dataclass

from lut_server.documents import from_document
from lut_server.timelines.repository import Measured
from profiler.measurement import Measurement, Session
from profiler.operations import operation_key
from profiler.summary import Summary, summarise
from profiler.table import Entry
from profiler.tabulate import tabulate

DISTURBED = ("contended", "throttled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """
    An operation in one session.

    Args:
        session: without its measurements: device, conditions, versions.
        received_at: when its report came.
        measurement: with its raw samples.
        entry: the row this session alone would give; None where its border was not measured.
    """

    session: Session
    received_at: str
    measurement: Measurement
    entry: Entry | None

    @property
    def summary(self) -> Summary:
        """What its samples say, border included."""
        return summarise(self.measurement)

    @property
    def disturbed(self) -> int:
        """How many rounds others disturbed."""
        return sum(part.state in DISTURBED for part in self.measurement.rounds)

    @property
    def at(self) -> str:
        """When it was measured, as the device says."""
        return self.session.before.at


def visit_of(found: Measured) -> Visit:
    """Return what the store holds of one measurement as a visit."""
    measurement = from_document(Measurement, found.measurement)
    border = [] if found.border is None else [from_document(Measurement, found.border)]
    key = operation_key(measurement.operation)
    entries = (entry for entry in tabulate([[measurement, *border]]) if entry.key == key)
    document = found.session.document | {"measurements": [], "gaps": []}
    return Visit(
        session=from_document(Session, document),
        received_at=found.session.received_at,
        measurement=measurement,
        entry=next(entries, None),
    )
