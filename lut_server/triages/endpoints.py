"""``/v1/tables/{name}/triage``: what to measure again after an upgrade."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session

from lut_server.audit.noting import note_request
from lut_server.deps import ReadTables, Running
from lut_server.errors import problem_responses
from lut_server.json_requests import JsonRoute
from lut_server.triages.service import TriageService
from lut_server.wire import TransferReceipt, TriageRequest
from profiler.errors import TableMismatch, TableUnknown, TriageUnfinished
from profiler.triage import Triage

router = APIRouter(prefix="/v1/tables/{name}", tags=["triage"], route_class=JsonRoute)


async def triage_service(request: Request, tables: ReadTables, running: Running) -> TriageService:
    """Return the rules about triage."""

    def note(session: Session) -> None:
        note_request(request, session, running.clock)

    return TriageService(tables, running, note)


Triages = Annotated[TriageService, Depends(triage_service)]


@router.post("/triage", responses=problem_responses(TableUnknown, TableMismatch))
def triage_table(name: str, request: TriageRequest, triages: Triages) -> Triage:
    """Say what of a table to measure next in a new environment, and what need not be."""
    return triages.triage(name, request)


@router.post(
    "/transfers",
    status_code=201,
    responses=problem_responses(TableUnknown, TableMismatch, TriageUnfinished),
)
def transfer_entries(name: str, request: TriageRequest, triages: Triages) -> TransferReceipt:
    """Give the new environment's table what need not be measured, marked as transferred."""
    return triages.transfer(name, request)
