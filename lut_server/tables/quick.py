"""
The way of whole tables past the web framework.

A search reads its table again and again, and nearly always the table is on the shelf.  Then it is
answered here, in front of routing and validation, which cost several times what sending it does.
Anything else, a table that changed, a version, an error, passes on to the endpoint.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.types import ASGIApp, Receive, Scope, Send

from lut_server.asking import Asking
from lut_server.errors import refusal
from lut_server.models import TableRow
from lut_server.tables.negotiation import choose, is_current
from lut_server.tables.shelf import TableShelf
from lut_server.tables.shelved import Representation, ShelvedTable
from profiler.errors import HnaError

PREFIX = "/v1/tables/"

_READING = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class TableChanges:
    """How often each table changed, by its name; one question for whoever asks about any."""

    def answer(self, session: Session) -> dict[str, int]:
        """Return the change counters."""
        rows = session.execute(select(TableRow.name, TableRow.changes))
        return {row.name: row.changes for row in rows}


CHANGES = TableChanges()


def whole_table(scope: Scope) -> str | None:
    """Return the table that a request wants whole and as it now is; None if it wants another."""
    path: str = scope["path"]
    if scope["query_string"] or not path.startswith(PREFIX) or scope["method"] not in _READING:
        return None
    name = path[len(PREFIX) :]
    return None if not name or "/" in name else name


class QuickTables:
    """
    ASGI middleware that answers requests for whole tables that are on the shelf.

    Whoever is in front of it may have asked ``CHANGES`` for this request already, and leaves the
    answer in the request's state.

    Args:
        app: answers everything else.
        shelf: keeps tables.
        asking: asks the store whether what the shelf keeps is current.
    """

    def __init__(self, app: ASGIApp, shelf: TableShelf, asking: Asking) -> None:
        self._app = app
        self._shelf = shelf
        self._asking = asking

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        name = whole_table(scope) if scope["type"] == "http" else None
        kept = None if name is None else self._shelf.kept(name)
        if kept is None:
            await self._app(scope, receive, send)
            return
        asked = dict(scope["headers"])
        choice = choose(_text(asked, b"accept"), _text(asked, b"accept-encoding"))
        made = None if choice is None else kept.made(choice)
        try:
            current = made is not None and await self._is_current(kept, scope)
        except HnaError as error:
            await refusal(error)(scope, receive, send)
            return
        if choice is None or made is None or not current:
            await self._app(scope, receive, send)
            return
        unchanged = is_current(_text(asked, b"if-none-match"), choice.media, kept.version)
        await _send(made, unchanged, scope["method"] == "GET", send)

    async def _is_current(self, kept: ShelvedTable, scope: Scope) -> bool:
        changes: dict[str, int] | None = scope.get("state", {}).get("table_changes")
        if changes is None:
            (changes,) = await self._asking.ask(CHANGES)
        return changes is not None and changes.get(kept.name) == kept.changes


async def _send(made: Representation, unchanged: bool, with_body: bool, send: Send) -> None:
    # a list of its own: who passes the answer on may add headers
    headers = [*(made.unchanged if unchanged else made.headers)]
    start = {"type": "http.response.start", "status": 304 if unchanged else 200}
    await send({**start, "headers": headers})
    body = made.body if with_body and not unchanged else b""
    await send({"type": "http.response.body", "body": body})


def _text(headers: dict[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")
