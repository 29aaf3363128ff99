"""``/v1/tables``: what operations cost, and how far that can be trusted."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Response

from lut_server.deps import Measurements, Tables
from lut_server.errors import problem_responses
from lut_server.wire import EntriesAnswer, EntriesRequest, TableView
from profiler.errors import CertificateUnknown, EntryMissing, TableUnknown
from profiler.estimation import Certificate
from profiler.measurement import Session
from profiler.table import Table

router = APIRouter(prefix="/v1/tables", tags=["tables"])

JSON = "application/json"
UNCHANGED: dict[int | str, dict[str, object]] = {304: {"description": "You have this version"}}


@router.get("")
def list_tables(tables: Tables) -> tuple[TableView, ...]:
    """Return one line for each table."""
    return tables.all()


@router.get("/{name}", response_model=Table, responses=UNCHANGED | problem_responses(TableUnknown))
def get_table(
    name: str,
    tables: Tables,
    if_none_match: Annotated[str | None, Header()] = None,
    accept_encoding: Annotated[str, Header()] = "",
) -> Response:
    """Return a whole table; 304 without a body to whoever has this version already."""
    shelved = tables.get(name)
    compressed = _accepts_gzip(accept_encoding)
    headers = {
        "etag": shelved.etag_gzip if compressed else shelved.etag,
        "cache-control": "no-cache",
        "vary": "accept-encoding",
    }
    if _names(if_none_match, (shelved.etag, shelved.etag_gzip)):
        return Response(status_code=304, headers=headers)
    if compressed:
        headers["content-encoding"] = "gzip"
    body = shelved.body_gzip if compressed else shelved.body
    return Response(body, media_type=JSON, headers=headers)


@router.post("/{name}/entries", responses=problem_responses(TableUnknown))
def query_entries(name: str, request: EntriesRequest, tables: Tables) -> EntriesAnswer:
    """Return the entries of some keys; the keys that are missing are named, never priced."""
    return tables.entries(name, request)


@router.get(
    "/{name}/measurements",
    response_model=tuple[Session, ...],
    responses=problem_responses(TableUnknown),
)
def list_measurements(name: str, tables: Tables, measurements: Measurements) -> Response:
    """Return every session of a table with its raw samples, the oldest first."""
    tables.get(name)
    return Response(measurements.sessions_json(name), media_type=JSON)


@router.post(
    "/{name}/certificate",
    status_code=201,
    responses=problem_responses(TableUnknown, EntryMissing),
)
def certify_table(name: str, tables: Tables) -> Certificate:
    """Judge a table by the networks measured whole, and keep the result."""
    return tables.certify(name)


@router.get("/{name}/certificate", responses=problem_responses(TableUnknown, CertificateUnknown))
def get_certificate(name: str, tables: Tables) -> Certificate:
    """Return the newest certificate of a table."""
    return tables.certificate(name)


def _accepts_gzip(accept_encoding: str) -> bool:
    for part in accept_encoding.lower().split(","):
        coding, _, quality = part.partition(";")
        if coding.strip() in ("gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _names(if_none_match: str | None, etags: tuple[str, ...]) -> bool:
    """Return whether the header names one of *etags*, compared weakly (RFC 9110, 13.1.2)."""
    named = {part.strip().removeprefix("W/") for part in (if_none_match or "").split(",")}
    return "*" in named or not named.isdisjoint(etags)
