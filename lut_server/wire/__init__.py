"""
What crosses the wire between agents, searches and the server.

Messages embed the profiler's values unchanged; pydantic validates them on arrival, so nothing is
declared twice.  Times are UTC, ISO 8601; latencies are microseconds.
"""

from lut_server.wire.access import (
    AuditView,
    EnrolmentMade,
    EnrolmentRequest,
    EnrolmentView,
    Redeemed,
    Redemption,
)
from lut_server.wire.adaptive import AdaptiveView, Stage, TargetError
from lut_server.wire.campaigns import (
    CampaignRequest,
    CampaignState,
    CampaignView,
    Counts,
    GapView,
    JobState,
    OnboardingRequest,
    PersonsState,
    PriorityChange,
    StateChange,
    TargetView,
    Wish,
)
from lut_server.wire.devices import (
    DEVICE_WITHHELD,
    WITHHELD,
    DeviceState,
    DeviceView,
    Health,
    HealthChange,
    HealthCheck,
    HealthReceipt,
    HealthReport,
    HealthView,
    LabelChange,
    PersonsHealth,
    Registration,
)
from lut_server.wire.estimates import EstimateRequest, ModelContents
from lut_server.wire.imports import (
    BundleQuery,
    BundleReceipt,
    ImportQuery,
    ImportReceipt,
    ImportView,
)
from lut_server.wire.leases import Lease, LeaseRequest, Renewal
from lut_server.wire.measurements import MeasurementView, Report, ReportReceipt
from lut_server.wire.message import PROTOCOL_VERSION, Message, Problem
from lut_server.wire.networks import SearchedNetwork, SearchedNetworkView
from lut_server.wire.selections import (
    DeviceSelection,
    EnvironmentParts,
    Label,
    SpaceSelection,
    require_labels,
)
from lut_server.wire.tables import (
    EntriesAnswer,
    EntriesRequest,
    GapFiller,
    TableFilter,
    TableHead,
    TableVersionView,
    TableView,
    gap_fillers,
)
from lut_server.wire.watching import (
    Alert,
    Timeline,
    TimelinePoint,
    TransferReceipt,
    TriageRequest,
)

__all__ = [
    "DEVICE_WITHHELD",
    "PROTOCOL_VERSION",
    "WITHHELD",
    "AdaptiveView",
    "Alert",
    "AuditView",
    "BundleQuery",
    "BundleReceipt",
    "CampaignRequest",
    "CampaignState",
    "CampaignView",
    "Counts",
    "DeviceSelection",
    "DeviceState",
    "DeviceView",
    "EnrolmentMade",
    "EnrolmentRequest",
    "EnrolmentView",
    "EntriesAnswer",
    "EntriesRequest",
    "EnvironmentParts",
    "EstimateRequest",
    "GapFiller",
    "GapView",
    "Health",
    "HealthChange",
    "HealthCheck",
    "HealthReceipt",
    "HealthReport",
    "HealthView",
    "ImportQuery",
    "ImportReceipt",
    "ImportView",
    "JobState",
    "Label",
    "LabelChange",
    "Lease",
    "LeaseRequest",
    "MeasurementView",
    "Message",
    "ModelContents",
    "OnboardingRequest",
    "PersonsHealth",
    "PersonsState",
    "PriorityChange",
    "Problem",
    "Redeemed",
    "Redemption",
    "Registration",
    "Renewal",
    "Report",
    "ReportReceipt",
    "SearchedNetwork",
    "SearchedNetworkView",
    "SpaceSelection",
    "Stage",
    "StateChange",
    "TableFilter",
    "TableHead",
    "TableVersionView",
    "TableView",
    "TargetError",
    "TargetView",
    "Timeline",
    "TimelinePoint",
    "TransferReceipt",
    "TriageRequest",
    "Wish",
    "gap_fillers",
    "require_labels",
]
