"""
The rows of the store.

Values that only travel (devices, operations, samples) are JSON documents, written and read by
pydantic as on the wire; what is searched, joined or counted is a column.  Times are ISO 8601
texts in UTC of one length, except ends of leases, which are compared: seconds since 1970.

Whoever changes a row adds a step to ``lut_server.migrations``; a test compares the two.
"""

from lut_server.models.access import AuditRow, EnrolmentRow, TokenRow
from lut_server.models.adaptive import AdaptiveTargetRow, PredictorRow, WishRow
from lut_server.models.campaigns import (
    CampaignDeviceRow,
    CampaignRow,
    CampaignTargetRow,
    JobOperationRow,
    JobRow,
)
from lut_server.models.devices import (
    DeviceLabelRow,
    DeviceRow,
    EnvironmentRow,
    HealthCheckRow,
)
from lut_server.models.measurements import GapRow, MeasurementRow, SessionRow
from lut_server.models.networks import SearchedNetworkRow
from lut_server.models.row import Row
from lut_server.models.tables import (
    CertificateRow,
    GivenEntryRow,
    ImportRow,
    TableRow,
    TableVersionRow,
)

__all__ = [
    "AdaptiveTargetRow",
    "AuditRow",
    "CampaignDeviceRow",
    "CampaignRow",
    "CampaignTargetRow",
    "CertificateRow",
    "DeviceLabelRow",
    "DeviceRow",
    "EnrolmentRow",
    "EnvironmentRow",
    "GapRow",
    "GivenEntryRow",
    "HealthCheckRow",
    "ImportRow",
    "JobOperationRow",
    "JobRow",
    "MeasurementRow",
    "PredictorRow",
    "Row",
    "SearchedNetworkRow",
    "SessionRow",
    "TableRow",
    "TableVersionRow",
    "TokenRow",
    "WishRow",
]
