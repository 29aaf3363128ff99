"""The audit, for endpoints."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from lut_server.audit.noting import actor_of
from lut_server.audit.service import Audit
from lut_server.deps import Running, Transaction


async def audit_service(request: Request, session: Transaction, running: Running) -> Audit:
    """Return the audit in this transaction, for whoever makes this request."""
    return Audit(session, actor_of(request), running.clock)


Auditing = Annotated[Audit, Depends(audit_service, scope="function")]
