"""What the lookup-table server refuses; each kind is one problem type."""

# ruff: noqa: N818 - an error is named for what happened, not for being one

from __future__ import annotations

from profiler.errors.root import HnaError


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


class CampaignOver(RequestRefused):
    """The campaign is finished or cancelled, which is for good."""


class CampaignConflict(RequestRefused):
    """The id belongs to a campaign that asked for something else."""


class StreamsExhausted(RequestRefused):
    """So many follow campaigns already that the server takes no further one for now."""


class TableUnknown(RequestRefused):
    """No table has the name that was asked for."""


class TableVersionUnknown(RequestRefused):
    """The table was never handed out in the version that was asked for."""


class RepresentationUnknown(RequestRefused):
    """Nothing that a client accepts can be made here."""


class ImportRefused(RequestRefused):
    """A file has rows that cannot be right, and nobody said what to do with them."""


class BundleInvalid(RequestRefused):
    """A bundle that is none, that was changed, or that is not signed as it was asked for."""


class MeasurementUnknown(RequestRefused):
    """No measurement has the id that was asked for."""


class NetworkUnknown(RequestRefused):
    """No searched network has this id."""


class NetworkConflict(RequestRefused):
    """A searched network was published under this id with another content."""


class CertificateUnknown(RequestRefused):
    """The table was never certified."""


class TriageUnfinished(RequestRefused):
    """Something is still to be measured before the rest of a table can be transferred."""


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


class TokenUnknown(RequestRefused):
    """No token has the id that was asked for."""


class EnrolmentUnknown(RequestRefused):
    """No enrolment has the id that was asked for."""


class EnrolmentNeedless(RequestRefused):
    """The server asks nobody for a token, so nobody needs to enrol."""


class EnrolmentRefused(RequestRefused):
    """A code opens nothing: mistyped, expired, used up or revoked; it is not said which."""


class OriginRefused(RequestRefused):
    """A web page that is not this server's asks to change something."""


class BodyTooLarge(RequestRefused):
    """A request has more bytes than the server takes."""


class BodyTooSlow(RequestRefused):
    """A request arrives slower than the server waits for it."""


class BodyEncoded(RequestRefused):
    """A request is compressed in a way that the server does not undo."""


class HeadersTooLarge(RequestRefused):
    """A request's address or headers have more bytes than the server takes."""


class RequestTooOften(RequestRefused):
    """
    A sender makes more requests than the server answers to one.

    Args:
        message: who, and how many.
        retry_after_s: when the next one will be answered, in seconds.
    """

    def __init__(self, message: str, retry_after_s: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)
