"""``/v1/tables/imports`` and ``/v1/tables/bundles``: tables that were made elsewhere."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from lut_server.audit.noting import Noting
from lut_server.errors import problem_responses
from lut_server.imports.deps import Bundles, Imports, JudgedFile, UnpackedBundle
from lut_server.wire import BundleReceipt, ImportReceipt, ImportView
from profiler.errors import (
    BundleInvalid,
    DeviceConflict,
    ImportRefused,
    ReportConflict,
    TableUnknown,
)

router = APIRouter(prefix="/v1/tables", tags=["imports"])

FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file as it is, or compressed with gzip.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("/imports", responses=problem_responses(ImportRefused), openapi_extra=FILE)
def import_tables(judged: JudgedFile, imports: Imports, noting: Noting) -> ImportReceipt:
    """Give tables the rows of a file of any known format; sending it again changes nothing."""
    receipt = imports.receive(judged)
    first, *others = receipt.imports
    noting.about(first.table, new=receipt.new, source=first.source, further_tables=len(others))
    return receipt


@router.post(
    "/bundles",
    responses=problem_responses(BundleInvalid, DeviceConflict, ReportConflict),
    openapi_extra=FILE,
)
def import_bundle(arrived: UnpackedBundle, bundles: Bundles, noting: Noting) -> BundleReceipt:
    """Store what is new in a bundle of another lab; sending it again changes nothing."""
    receipt = bundles.receive(arrived.bundle, arrived.source, arrived.sha256)
    noting.about(receipt.table, stored=receipt.stored, given=receipt.given, source=arrived.source)
    return receipt


@router.get("/{name}/imports", responses=problem_responses(TableUnknown))
def list_imports(name: str, imports: Imports) -> tuple[ImportView, ...]:
    """Return the files whose rows a table was given, the newest first."""
    return imports.of_table(name)
