"""Tokens as people read them in a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table as Grid
from rich.text import Text

from lut_server.tokens.token import Token


def tokens_grid(tokens: Iterable[Token]) -> Grid:
    """Return one line for each token."""
    grid = Grid("id", "scope", "name", "created", "last used", "state")
    for token in tokens:
        used = "never" if token.last_used_at is None else _to_minutes(token.last_used_at)
        state = "good" if token.revoked_at is None else f"revoked {_to_minutes(token.revoked_at)}"
        grid.add_row(
            token.id, token.scope, Text(token.name), _to_minutes(token.created_at), used, state
        )
    return grid


def _to_minutes(moment: str) -> str:
    return moment[:16].replace("T", " ")
