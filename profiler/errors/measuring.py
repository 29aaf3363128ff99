"""Operations, runtimes and tables."""

# ruff: noqa: N818 - an error is named for what happened, not for being one

from __future__ import annotations

from collections.abc import Sequence

from profiler.errors.root import HnaError


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


class TransferImpossible(HnaError):
    """Other devices' tables cannot teach a new device: no source, or too little measured of it."""


class PredictionImpossible(HnaError):
    """A table that cannot teach what its other operations cost, or a predictor that is none."""
