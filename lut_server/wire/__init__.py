"""
What crosses the wire between agents, searches and the server.

Messages embed the profiler's values unchanged; pydantic validates them on arrival, so nothing is
declared twice.  Times are UTC, ISO 8601; latencies are microseconds.
"""

from lut_server.wire.campaigns import CampaignRequest, CampaignView, GapView, JobState
from lut_server.wire.devices import (
    DEVICE_WITHHELD,
    WITHHELD,
    DeviceView,
    Health,
    HealthChange,
    HealthCheck,
    HealthReceipt,
    HealthReport,
    HealthView,
    PersonsHealth,
    Registration,
)
from lut_server.wire.leases import Lease, LeaseRequest
from lut_server.wire.measurements import MeasurementView, Report, ReportReceipt
from lut_server.wire.message import PROTOCOL_VERSION, Message, Problem
from lut_server.wire.tables import EntriesAnswer, EntriesRequest, TableView

__all__ = [
    "DEVICE_WITHHELD",
    "PROTOCOL_VERSION",
    "WITHHELD",
    "CampaignRequest",
    "CampaignView",
    "DeviceView",
    "EntriesAnswer",
    "EntriesRequest",
    "GapView",
    "Health",
    "HealthChange",
    "HealthCheck",
    "HealthReceipt",
    "HealthReport",
    "HealthView",
    "JobState",
    "Lease",
    "LeaseRequest",
    "MeasurementView",
    "Message",
    "PersonsHealth",
    "Problem",
    "Registration",
    "Report",
    "ReportReceipt",
    "TableView",
]
