"""``/v1/tables``: what operations cost, and how far that can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from lut_server.deps import Measurements, ReadTables, Running, Tables
from lut_server.errors import problem_responses
from lut_server.json_requests import JsonRoute
from lut_server.tables.negotiation import JSON, JSON_LINES, MEDIA, PARQUET, choose, is_current
from lut_server.tables.reader import TableReader
from lut_server.tables.shelved import Representation, ShelvedTable
from lut_server.wire import (
    EntriesAnswer,
    EntriesRequest,
    GapFiller,
    TableFilter,
    TableVersionView,
    TableView,
)
from profiler.certificates import Certificate
from profiler.errors import (
    CertificateUnknown,
    EntryMissing,
    ExtraMissing,
    HnaError,
    RepresentationUnknown,
    TableUnknown,
    TableVersionUnknown,
)
from profiler.measurement import Session
from profiler.table import Table

MOST_SESSIONS = 10_000
"""That can be asked for by number; whoever wants more asks for all."""

router = APIRouter(prefix="/v1/tables", tags=["tables"], route_class=JsonRoute)

WHOLE: dict[int | str, dict[str, object]] = {
    200: {
        "description": "The table; as JSON Lines its head, then a line for each entry",
        "content": {
            JSON_LINES: {"schema": {"type": "string"}},
            PARQUET: {"schema": {"type": "string", "format": "binary"}},
        },
    },
    304: {"description": "You have this version"},
}

Allow = Annotated[
    list[GapFiller],
    Query(max_length=2, description="Value kinds that may stand where nothing was measured."),
]


async def foreseen(name: str, running: Running, allow: Allow = []) -> None:  # noqa: B006 - FastAPI copies it
    """Wait for a fit, where predictions are allowed, before the endpoint takes a thread."""
    if "predicted" in allow:
        await running.predictors.ready(name)


@router.get("", responses=problem_responses())
def list_tables(
    tables: ReadTables, wanted: Annotated[TableFilter, Query()]
) -> tuple[TableView, ...]:
    """Return one line for each table, or for those of an environment."""
    return tables.all(wanted)


@router.get(
    "/{name}",
    response_model=Table,
    dependencies=[Depends(foreseen)],
    responses=WHOLE | problem_responses(TableUnknown, TableVersionUnknown, RepresentationUnknown),
)
def get_table(
    name: str,
    request: Request,
    tables: ReadTables,
    version: Annotated[str | None, Query(max_length=64)] = None,
    allow: Allow = [],  # noqa: B006 - FastAPI copies it
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
    accept_encoding: Annotated[str | None, Header()] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """
    Return a whole table; 304 without a body to whoever has this version already.

    ``version`` returns it as it was when it was handed out as that.
    """
    choice = choose(accept, accept_encoding)
    if choice is None:
        raise RepresentationUnknown(
            f"nothing of {accept!r:.100} can be sent; accept {', '.join(MEDIA)}"
        )
    shelved = _shelved(name, tables, version, allow)
    try:
        representation = shelved.representation(choice)
    except ExtraMissing as error:
        raise RepresentationUnknown(f"{choice.media} cannot be sent here: {error}") from error
    unchanged = is_current(if_none_match, choice.media, shelved.version)
    return _response(representation, unchanged, with_body=request.method == "GET")


router.head("/{name}", include_in_schema=False)(get_table)


@router.get("/{name}/versions", responses=problem_responses(TableUnknown))
def list_table_versions(name: str, tables: ReadTables) -> tuple[TableVersionView, ...]:
    """Return the versions of a table that were handed out, the newest first."""
    return tables.versions(name)


@router.post(
    "/{name}/entries",
    response_model=EntriesAnswer,
    dependencies=[Depends(foreseen)],
    responses=problem_responses(TableUnknown),
)
def query_entries(
    name: str,
    request: EntriesRequest,
    tables: ReadTables,
    allow: Allow = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """
    Return the entries of some keys, then of some operations, in the order asked, each once.

    The keys that are missing are named, never priced.
    """
    return Response(tables.entries_json(name, request, allow), media_type=JSON)


@router.get(
    "/{name}/measurements",
    response_model=tuple[Session, ...],
    responses=problem_responses(TableUnknown),
)
def list_measurements(
    name: str,
    tables: Tables,
    measurements: Measurements,
    device: str | None = None,
    newest: Annotated[int | None, Query(ge=1, le=MOST_SESSIONS)] = None,
) -> Response:
    """Return the sessions of a table with their raw samples, the oldest first; all unless asked."""
    tables.require(name)
    return Response(measurements.sessions_json(name, device, newest), media_type=JSON)


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


@router.get(
    "/{name}/certificate/doubts", responses=problem_responses(TableUnknown, CertificateUnknown)
)
def get_certificate_doubts(name: str, tables: Tables) -> tuple[str, ...]:
    """Return why a table should not be trusted with its certificate now; empty if it can be."""
    return tables.doubts(name)


def _shelved(
    name: str, tables: TableReader, version: str | None, allow: Sequence[GapFiller]
) -> ShelvedTable:
    if version is None:
        return tables.get(name, allow)
    if allow:
        raise HnaError(
            f"version {version!r} of a table is what it was; leave out allow={allow[0]}, or "
            "the version"
        )
    return tables.version(name, version)


def _response(representation: Representation, unchanged: bool, *, with_body: bool) -> Response:
    body = representation.body if with_body and not unchanged else b""
    response = Response(body, status_code=304 if unchanged else 200)
    response.raw_headers = [*(representation.unchanged if unchanged else representation.headers)]
    return response
