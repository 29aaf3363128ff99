"""``/v1/audit``: who did what to the server."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from lut_server.audit.deps import Auditing
from lut_server.errors import problem_responses
from lut_server.wire.access import AuditView

router = APIRouter(prefix="/v1/audit", tags=["access"])

LARGEST_ID = 2**31 - 1
"""What a column of that type holds."""


@router.get("", responses=problem_responses())
def list_audit(
    audit: Auditing,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(ge=0, le=LARGEST_ID)] = None,
    action: Annotated[str | None, Query(max_length=64)] = None,
    subject: Annotated[str | None, Query(max_length=500)] = None,
) -> tuple[AuditView, ...]:
    """Return what administrators did, the newest first; ``before`` an id goes further back."""
    return audit.latest(limit, before, action, subject)
