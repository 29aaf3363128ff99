"""
Which scope a request needs.

Whoever may read may also query, which is a POST for the length of its body.  What changes
something needs ``admin`` unless it is named here, so a new endpoint is closed until someone
decides that agents need it.
"""

from __future__ import annotations

from lut_server.tokens.token import Scope

READING = ("GET", "HEAD")

QUERIES = frozenset(
    {"query_entries", "estimate_network", "estimate_model", "read_cells", "triage_table"}
)
"""Operations that change nothing, whatever their method."""

AGENTS = frozenset(
    {
        "register_device",
        "report_health",
        "lease_job",
        "renew_lease",
        "give_back_lease",
        "report_session",
        "start_onboarding",
    }
)
"""Operations that are an agent's work."""

ADMINS = frozenset({"list_audit", "list_enrolments", "list_tokens"})
"""Operations that only read, but of what is an administrator's business."""


def scope_needed(method: str, operation: str) -> Scope:
    """
    Return the scope that a request needs.

    Args:
        method: of HTTP.
        operation: the operation's name in the OpenAPI document.
    """
    if operation in ADMINS:
        return "admin"
    if method in READING or operation in QUERIES:
        return "read"
    return "agent" if operation in AGENTS else "admin"
