"""Tokens and enrolments as people read them in a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table as Grid
from rich.text import Text

from lut_server.tokens.token import Token
from lut_server.wire import EnrolmentView


def tokens_grid(tokens: Iterable[Token]) -> Grid:
    """Return one line for each token."""
    grid = Grid("id", "scope", "name", "created", "enrolment", "last used", "state")
    for token in tokens:
        used = "never" if token.last_used_at is None else _to_minutes(token.last_used_at)
        state = "good" if token.revoked_at is None else f"revoked {_to_minutes(token.revoked_at)}"
        grid.add_row(
            token.id,
            token.scope,
            Text(token.name),
            _to_minutes(token.created_at),
            token.enrolment_id or "",
            used,
            state,
        )
    return grid


def enrolments_grid(enrolments: Iterable[EnrolmentView]) -> Grid:
    """Return one line for each enrolment."""
    grid = Grid("id", "name", "created", "expires", "used", "state")
    for view in enrolments:
        grid.add_row(
            view.id,
            Text(view.name),
            _to_minutes(view.created_at),
            _to_minutes(view.expires_at),
            f"{view.used} of {view.uses}",
            view.state,
        )
    return grid


def _to_minutes(moment: str) -> str:
    return moment[:16].replace("T", " ")
