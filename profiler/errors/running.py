"""Stores, servers and agents that cannot do their work."""

# ruff: noqa: N818 - an error is named for what happened, not for being one

from __future__ import annotations

from profiler.errors.root import HnaError


class StoreInvalid(HnaError):
    """A database that the server cannot use."""


class StoreFailed(HnaError):
    """The database did not do its work: it is busy, full or damaged."""


class ServerStopping(HnaError):
    """A server that was told to stop; another one should be asked."""


class BackupFailed(HnaError):
    """A backup could not be made, or is not whole; no file of its name was touched."""


class ArchiveFailed(HnaError):
    """Samples could not be written to an archive, or read from one; none of those were let go."""


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
