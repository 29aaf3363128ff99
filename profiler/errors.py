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
    * TableUnknown          no such table
    * MeasurementUnknown    no such measurement
    * CertificateUnknown    the table was never certified
    * LeaseExpired          the lease no longer holds its job
    * ReportConflict        a report that contradicts what it reports about
    * ProtocolMismatch      an agent that speaks another version of the protocol
    * TokenMissing          the server needs a token with this request
    * TokenInvalid          a token the server does not know, or that was revoked
    * TokenScope            the token's scope does not cover this request
  * StoreInvalid            a database the server cannot use
  * StoreFailed             the database did not do its work: busy, full or damaged
  * ListenFailed            the server cannot listen at an address
  * SpoolFailed             reports could not be written to disk
  * AgentConflict           another agent already runs for this device
  * QuietFailed             a setting of the machine could not be changed, or not put back
  * InstallRefused          an agent cannot be installed like this; nothing was changed
  * InstallFailed           installing or removing an agent stopped on the way

Messages name the thing, the value and the way out.
"""

# ruff: noqa: N818 - an error is named for what happened, not for being one

from __future__ import annotations

from collections.abc import Sequence
from math import ceil


class HnaError(Exception):
    """Root of every error this project raises on purpose."""


class OperationInvalid(HnaError, ValueError):
    """
    A value that is no operation: unknown kind, unknown field, impossible numbers.

    Also a ``ValueError``, so that pydantic turns it into a validation error on the wire.
    """


class GraphInvalid(OperationInvalid):
    """Primitives that do not fit together."""


class OperationUnsupported(HnaError):
    """The runtime has no kernel for an operation; the agent reports a gap."""


class BackendUnavailable(HnaError):
    """A runtime that cannot be used on this machine, and why."""


class ExtraMissing(BackendUnavailable):
    """
    A package that is not installed.

    Args:
        package: what could not be imported.
        extra: the extra of ``hna-nas`` that brings it.
    """

    def __init__(self, package: str, extra: str) -> None:
        self.package = package
        self.extra = extra
        super().__init__(
            f"{package} is not installed; install it with: pip install 'hna-nas[{extra}]'"
        )


class BackendFailed(HnaError):
    """A runtime failed to build or run what it claims to support."""


class InstrumentUnavailable(HnaError):
    """Something of the machine that cannot be read here, and why."""


class EntryMissing(HnaError):
    """
    A table has no row for some keys.

    Args:
        keys: the operation keys that are missing.
        table: the table that was asked.
        way_out: what to do about it.
    """

    def __init__(
        self,
        keys: Sequence[str],
        table: str,
        way_out: str = "start a campaign that measures them",
    ) -> None:
        self.keys = tuple(keys)
        self.table = table
        shown = ", ".join(self.keys[:3]) + (" ..." if len(self.keys) > 3 else "")
        super().__init__(
            f"table {table} has no entry for {len(self.keys)} operation(s): {shown}; {way_out}"
        )


class TableMismatch(HnaError):
    """A table of another device, environment or resolution than was asked for."""


class TableInvalid(HnaError):
    """A file or document that is no table."""


class BudgetInfeasible(HnaError):
    """
    No network of the space meets the budget.

    Args:
        name: of the device, or of what is limited.
        budget: what was asked for.
        smallest: the smallest budget that some network of the space is predicted to meet.
        unit: of both.
    """

    def __init__(self, name: str, budget: float, smallest: float, unit: str = "us") -> None:
        self.budget = budget
        self.smallest = smallest
        super().__init__(
            f"no network meets {budget:,.0f} {unit} on {name}: the cheapest there is needs "
            f"{ceil(smallest):,} {unit}; raise the budget to at least that"
        )


class LimitsInfeasible(HnaError):
    """Each of these limits can be met, but no network meets all of them."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"no network meets the budgets of {', '.join(names)} together, though each can be met "
            "alone; raise one of them"
        )


class DataInvalid(HnaError):
    """Images, masks, lists or gene files that cannot be used."""


class RunInvalid(HnaError):
    """A run folder or checkpoint that cannot be used."""


class SweepFailed(HnaError):
    """The cluster of a sweep cannot be reached, or some of its searches failed."""


class TrainingDiverged(HnaError):
    """A loss became infinite or no number; the last good state is kept."""


class LutError(HnaError):
    """Talking to the lookup-table server went wrong."""


class TokenUnusable(LutError):
    """A token that the environment names cannot be read, or is none."""


class ServerUnreachable(LutError):
    """Nobody answered at the server's address."""


class ServerRefused(LutError):
    """
    The server answered with a problem document.

    Args:
        status: the HTTP status.
        detail: what the server said.
        fields: the document's further fields, such as ``missing``.
        retry_after_s: how long the server asked to be left alone, in seconds.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        fields: dict[str, object] | None = None,
        retry_after_s: float = 0.0,
    ) -> None:
        self.status = status
        self.detail = detail
        self.fields = fields or {}
        self.retry_after_s = retry_after_s
        super().__init__(f"the server answered {status}: {detail}")


class LeaseLost(ServerRefused):
    """The lease expired or was taken back; the job is no longer this agent's."""


class RequestRefused(HnaError):
    """The lookup-table server cannot do what it was asked; each kind is one problem type."""


class DeviceUnknown(RequestRefused):
    """No device has the fingerprint that was asked for."""


class DeviceUnregistered(RequestRefused):
    """A device asks for work or reports before it registered."""


class DeviceConflict(RequestRefused):
    """One fingerprint or one model, and two kinds of hardware behind it."""


class DeviceWithheld(RequestRefused):
    """
    A device gets no work: its sentinels moved, or a person took it out.

    Args:
        device: name and fingerprint, for people.
        health: what it is in.
        reason: why.
        since: since when.
    """

    def __init__(self, device: str, health: str, reason: str, since: str) -> None:
        self.health = health
        self.reason = reason
        super().__init__(
            f"{device} gets no work: {health} since {since[:19]}, because {reason}; a later health "
            "check or a person clears it: hna devices clear"
        )


class EnvironmentUnknown(RequestRefused):
    """The device did not register the environment that was asked for."""


class CampaignUnknown(RequestRefused):
    """No campaign has the id that was asked for."""


class TableUnknown(RequestRefused):
    """No table has the name that was asked for."""


class MeasurementUnknown(RequestRefused):
    """No measurement has the id that was asked for."""


class CertificateUnknown(RequestRefused):
    """The table was never certified."""


class LeaseExpired(RequestRefused):
    """The lease no longer holds its job; the client sees it as ``LeaseLost``."""


class ReportConflict(RequestRefused):
    """A report contradicts the job or the session it names."""


class ProtocolMismatch(RequestRefused):
    """An agent speaks another version of the protocol."""


class TokenMissing(RequestRefused):
    """The server needs a token with this request, and it came without."""


class TokenInvalid(RequestRefused):
    """The server does not know the token, or it was revoked."""


class TokenScope(RequestRefused):
    """The token is good, but its scope does not cover this request."""


class StoreInvalid(HnaError):
    """A database that the server cannot use."""


class StoreFailed(HnaError):
    """The database did not do its work: it is busy, full or damaged."""


class ListenFailed(HnaError):
    """The server cannot, or refuses to, listen at an address."""


class SpoolFailed(HnaError):
    """Reports could not be written to disk."""


class AgentConflict(HnaError):
    """Another agent already runs for this device on this machine."""


class QuietFailed(HnaError):
    """A setting of the machine could not be changed, or could not be put back."""


class InstallRefused(HnaError):
    """An agent cannot be installed or removed like this; nothing was changed."""


class InstallFailed(HnaError):
    """Installing or removing an agent stopped on the way; says what that leaves."""
