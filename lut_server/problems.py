"""
Problem documents (RFC 9457) read back as the project's errors: the client's half.

The server's half, from errors to documents, is ``lut_server.errors``; both share the types here.
"""

from __future__ import annotations

from pydantic import ValidationError

from lut_server.wire import Problem
from profiler.errors import EntryMissing, HnaError, LeaseLost, ServerRefused

LEASE_LOST = "lease-lost"
ENTRY_MISSING = "entry-missing"


def error_of(status: int, body: bytes, base_url: str, retry_after: str | None = None) -> HnaError:
    """
    Return the error that an answer with an error status stands for.

    Args:
        status: the HTTP status.
        body: the answer, a problem document or what some other program said.
        base_url: who said it.
        retry_after: the header of that name, also of a proxy in between.
    """
    wait_s = _seconds(retry_after)
    try:
        problem = Problem.model_validate_json(body)
    except ValidationError:
        return ServerRefused(
            status,
            f"no problem document; is a lookup-table server listening at {base_url}?",
            retry_after_s=wait_s,
        )
    fields: dict[str, object] = {"type": problem.type, **(problem.model_extra or {})}
    missing = fields.get("missing")
    if problem.type == ENTRY_MISSING and isinstance(missing, list):
        return EntryMissing([str(key) for key in missing], str(fields.get("table", "")))
    kind = LeaseLost if problem.type == LEASE_LOST else ServerRefused
    return kind(status, problem.detail, fields, wait_s)


def _seconds(retry_after: str | None) -> float:
    """Read the header as seconds; as a date it is of a clock that need not be ours."""
    text = (retry_after or "").strip()
    return float(text) if text.isascii() and text.isdigit() else 0.0
