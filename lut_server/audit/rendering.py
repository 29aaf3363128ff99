"""The audit as people read it in a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable

from rich.table import Table as Grid
from rich.text import Text

from lut_server.wire.access import AuditView


def audit_grid(views: Iterable[AuditView]) -> Grid:
    """Return one line for each thing that was done."""
    grid = Grid("id", "at", "who", "what", "to", "detail", "request")
    for view in views:
        grid.add_row(
            str(view.id),
            view.at[:19].replace("T", " "),
            Text(view.actor),
            view.action,
            Text(view.subject),
            Text(json.dumps(view.detail, ensure_ascii=False) if view.detail else ""),
            view.request_id or "",
        )
    return grid
