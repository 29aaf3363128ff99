"""
The id of the request that is being answered: in its answer, in problem documents, in every line
of the log that it causes.
"""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

HEADER = b"x-request-id"

request_id: ContextVar[str | None] = ContextVar("hna_request_id", default=None)
"""Of the request that this task, or this thread of it, works on; None between requests."""

_SANE = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def id_from(sent: bytes | None) -> str:
    """
    Return the id that a client or a proxy sent, where it can stand in a log; else a new one.

    >>> id_from(b"trace-7")
    'trace-7'
    """
    if sent is not None and _SANE.fullmatch(sent):
        return sent.decode("ascii")
    return secrets.token_hex(8)
