"""``/v1/alerts``: what a person should look at."""

from __future__ import annotations

from fastapi import APIRouter

from lut_server.alerts.service import AlertService
from lut_server.deps import Transaction
from lut_server.errors import problem_responses
from lut_server.wire import Alert

router = APIRouter(prefix="/v1/alerts", tags=["devices"])


@router.get("", responses=problem_responses())
def list_alerts(session: Transaction) -> tuple[Alert, ...]:
    """Return which devices moved or drift, by their sentinels."""
    return AlertService(session).all()
