"""Talking to the lookup-table server."""

# ruff: noqa: N818 - an error is named for what happened, not for being one

from __future__ import annotations

from profiler.errors.root import HnaError


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
