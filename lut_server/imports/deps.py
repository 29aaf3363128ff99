"""
What the endpoints of imports depend on.

A file is read and judged before the transaction that stores it is opened: that takes seconds for a
large one, and nobody else can write to SQLite meanwhile.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request

from lut_server.deps import Devices, Measurements, Running, Tables, Transaction
from lut_server.devices.repository import DeviceRepository
from lut_server.imports.bundle import Bundle, read_bundle
from lut_server.imports.judging import MAX_BYTES, Judged, judge_file
from lut_server.imports.receiving import BundleService
from lut_server.imports.service import ImportService
from lut_server.tables.given import GivenEntries
from lut_server.tables.repository import TableRepository
from lut_server.wire import BundleQuery, ImportQuery


async def body(request: Request) -> bytes:
    """Return the request's body; how large it may be is judged before it gets here."""
    return await request.body()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedBundle:
    """A bundle, and the file it came in."""

    bundle: Bundle
    source: str
    sha256: str


Body = Annotated[bytes, Depends(body)]


def judged_file(data: Body, query: Annotated[ImportQuery, Query()]) -> tuple[Judged, ...]:
    """Return the tables of the file in the body."""
    return judge_file(data, query)


async def import_service(session: Transaction, tables: Tables, running: Running) -> ImportService:
    """Return the rules about imports in this transaction."""
    return ImportService(session, tables, running.clock)


def unpacked_bundle(data: Body, query: Annotated[BundleQuery, Query()]) -> ArrivedBundle:
    """Return the bundle in the body, verified."""
    bundle = read_bundle(data, query.source, signer=query.signer, max_bytes=MAX_BYTES)
    return ArrivedBundle(
        bundle=bundle, source=query.source, sha256=hashlib.sha256(data).hexdigest()
    )


async def bundle_service(
    session: Transaction,
    imports: Annotated[ImportService, Depends(import_service, scope="function")],
    measurements: Measurements,
    devices: Devices,
    running: Running,
) -> BundleService:
    """Return the rules about bundles in this transaction."""
    rows = (DeviceRepository(session), TableRepository(session), GivenEntries(session))
    return BundleService(imports, measurements, devices, rows, running.clock)


UnpackedBundle = Annotated[ArrivedBundle, Depends(unpacked_bundle)]
Bundles = Annotated[BundleService, Depends(bundle_service, scope="function")]
JudgedFile = Annotated[tuple[Judged, ...], Depends(judged_file)]
Imports = Annotated[ImportService, Depends(import_service, scope="function")]
