"""
Every error of the project, one tree.

* HnaError
  * OperationInvalid        a value that is no operation: bad field, bad combination
    * GraphInvalid          primitives that do not fit together
  * OperationUnsupported    this runtime has no kernel for the operation
  * BackendUnavailable      the runtime cannot be used on this machine
    * ExtraMissing          ... because a package is not installed
  * BackendFailed           the runtime failed at what it claims to support
  * InstrumentUnavailable   something of the machine that cannot be read here
  * EntryMissing            a table has no row for a key
  * TableMismatch           a table of another device, environment or resolution
  * TableInvalid            a table file that is not one
  * PredictionImpossible    a table that cannot teach what its other operations cost
  * TransferImpossible      other devices' tables cannot teach a new device
  * BudgetInfeasible        no network meets the budget; carries the smallest that is
  * LimitsInfeasible        no network meets all budgets at once
  * DataInvalid             images, masks, lists or gene files that cannot be used
  * RunInvalid              a run folder or checkpoint that cannot be used
  * SweepFailed             the cluster of a sweep, or some of its searches
  * TrainingDiverged        a loss became infinite or no number
  * LutError                talking to the lookup-table server
    * TokenUnusable         a token of the environment that cannot be sent
    * ServerUnreachable     nobody answered
    * ServerRefused         it answered with a problem document (RFC 9457)
      * LeaseLost           the job is no longer ours
  * RequestRefused          the lookup-table server cannot do what it was asked
    * DeviceUnknown         no such device
    * DeviceUnregistered    a device leases or reports before it registered
    * DeviceConflict        one fingerprint or model, two kinds of hardware
    * DeviceWithheld        a device of whose health there is a doubt gets no work
    * EnvironmentUnknown    the device does not offer this environment
    * CampaignUnknown       no such campaign
    * CampaignOver          a campaign that is finished or cancelled goes on no more
    * CampaignConflict      one id, two different campaigns
    * StreamsExhausted      too many follow campaigns at once
    * TableUnknown          no such table
    * TableVersionUnknown   the table was never handed out like this
    * RepresentationUnknown nothing a client accepts can be made here
    * ImportRefused         a file with rows that cannot be right
    * BundleInvalid         a bundle that is none, was changed, or is not signed as asked
    * MeasurementUnknown    no such measurement
    * CertificateUnknown    the table was never certified
    * TriageUnfinished      something is still to be measured before the rest is transferred
    * NetworkUnknown        no such searched network
    * NetworkConflict       one id, two searched networks
    * LeaseExpired          the lease no longer holds its job
    * ReportConflict        a report that contradicts what it reports about
    * ProtocolMismatch      an agent that speaks another version of the protocol
    * TokenMissing          the server needs a token with this request
    * TokenInvalid          a token the server does not know, or that was revoked
    * TokenScope            the token's scope does not cover this request
    * TokenUnknown          no such token
    * EnrolmentUnknown      no such enrolment
    * EnrolmentNeedless     a server that asks nobody for a token lets nobody enrol
    * EnrolmentRefused      a code that opens nothing, for whatever reason
    * OriginRefused         a web page of somebody else's asks to change something
    * BodyTooLarge          a request of more bytes than the server takes
    * BodyTooSlow           a request that arrives slower than the server waits
    * BodyEncoded           a request compressed in a way the server does not undo
    * HeadersTooLarge       an address or headers of more bytes than the server takes
    * RequestTooOften       more requests than the server answers to one sender
  * StoreInvalid            a database the server cannot use
  * StoreFailed             the database did not do its work: busy, full or damaged
  * ServerStopping          a server on its way out, asked whether it is ready
  * BackupFailed            a backup could not be made; no file of that name was touched
  * ArchiveFailed           samples could not be archived, so none were let go
  * ListenFailed            the server cannot listen at an address
  * SpoolFailed             reports could not be written to disk
  * AgentConflict           another agent already runs for this device
  * QuietFailed             a setting of the machine could not be changed, or not put back
  * InstallRefused          an agent cannot be installed like this; nothing was changed
  * InstallFailed           installing or removing an agent stopped on the way

Messages name the thing, the value and the way out.
"""

from profiler.errors.measuring import (
    BackendFailed,
    BackendUnavailable,
    EntryMissing,
    ExtraMissing,
    GraphInvalid,
    InstrumentUnavailable,
    OperationInvalid,
    OperationUnsupported,
    PredictionImpossible,
    TableInvalid,
    TableMismatch,
    TransferImpossible,
)
from profiler.errors.refusals import (
    BodyEncoded,
    BodyTooLarge,
    BodyTooSlow,
    BundleInvalid,
    CampaignConflict,
    CampaignOver,
    CampaignUnknown,
    CertificateUnknown,
    DeviceConflict,
    DeviceUnknown,
    DeviceUnregistered,
    DeviceWithheld,
    EnrolmentNeedless,
    EnrolmentRefused,
    EnrolmentUnknown,
    EnvironmentUnknown,
    HeadersTooLarge,
    ImportRefused,
    LeaseExpired,
    MeasurementUnknown,
    NetworkConflict,
    NetworkUnknown,
    OriginRefused,
    ProtocolMismatch,
    ReportConflict,
    RepresentationUnknown,
    RequestRefused,
    RequestTooOften,
    StreamsExhausted,
    TableUnknown,
    TableVersionUnknown,
    TokenInvalid,
    TokenMissing,
    TokenScope,
    TokenUnknown,
    TriageUnfinished,
)
from profiler.errors.root import HnaError
from profiler.errors.running import (
    AgentConflict,
    ArchiveFailed,
    BackupFailed,
    InstallFailed,
    InstallRefused,
    ListenFailed,
    QuietFailed,
    ServerStopping,
    SpoolFailed,
    StoreFailed,
    StoreInvalid,
)
from profiler.errors.searching import (
    BudgetInfeasible,
    DataInvalid,
    LimitsInfeasible,
    RunInvalid,
    SweepFailed,
    TrainingDiverged,
)
from profiler.errors.talking import (
    LeaseLost,
    LutError,
    ServerRefused,
    ServerUnreachable,
    TokenUnusable,
)

__all__ = [
    "AgentConflict",
    "ArchiveFailed",
    "BackendFailed",
    "BackendUnavailable",
    "BackupFailed",
    "BodyEncoded",
    "BodyTooLarge",
    "BodyTooSlow",
    "BudgetInfeasible",
    "BundleInvalid",
    "CampaignConflict",
    "CampaignOver",
    "CampaignUnknown",
    "CertificateUnknown",
    "DataInvalid",
    "DeviceConflict",
    "DeviceUnknown",
    "DeviceUnregistered",
    "DeviceWithheld",
    "EnrolmentNeedless",
    "EnrolmentRefused",
    "EnrolmentUnknown",
    "EntryMissing",
    "EnvironmentUnknown",
    "ExtraMissing",
    "GraphInvalid",
    "HeadersTooLarge",
    "HnaError",
    "ImportRefused",
    "InstallFailed",
    "InstallRefused",
    "InstrumentUnavailable",
    "LeaseExpired",
    "LeaseLost",
    "LimitsInfeasible",
    "ListenFailed",
    "LutError",
    "MeasurementUnknown",
    "NetworkConflict",
    "NetworkUnknown",
    "OperationInvalid",
    "OperationUnsupported",
    "OriginRefused",
    "PredictionImpossible",
    "ProtocolMismatch",
    "QuietFailed",
    "ReportConflict",
    "RepresentationUnknown",
    "RequestRefused",
    "RequestTooOften",
    "RunInvalid",
    "ServerRefused",
    "ServerStopping",
    "ServerUnreachable",
    "SpoolFailed",
    "StoreFailed",
    "StoreInvalid",
    "StreamsExhausted",
    "SweepFailed",
    "TableInvalid",
    "TableMismatch",
    "TableUnknown",
    "TableVersionUnknown",
    "TokenInvalid",
    "TokenMissing",
    "TokenScope",
    "TokenUnknown",
    "TokenUnusable",
    "TrainingDiverged",
    "TransferImpossible",
    "TriageUnfinished",
]
