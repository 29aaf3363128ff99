"""All operations an adaptive campaign was asked for, as the store keeps them: JSON, compressed."""

from __future__ import annotations

from collections.abc import Sequence

import zstandard

from lut_server.documents import adapter
from lut_server.models import WishRow
from lut_server.tables.shelved import compressed
from profiler.operations import Operation

_Operations = tuple[Operation, ...]


def wish_row(campaign_id: str, operations: Sequence[Operation]) -> WishRow:
    """Return what a campaign was asked for as a row."""
    body = compressed(adapter(_Operations).dump_json(tuple(operations)))
    return WishRow(campaign_id=campaign_id, body=body)


def read_wish(row: WishRow) -> tuple[Operation, ...]:
    """Return the operations a row holds."""
    operations: tuple[Operation, ...] = adapter(_Operations).validate_json(
        zstandard.decompress(row.body)
    )
    return operations
