"""
``hna token``: make, list and revoke tokens, directly on the database.

Whoever can open the database is trusted; that is how the first token of a server comes to be.
What the commands need is imported when they run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from lut_server.commands import DATABASE

if TYPE_CHECKING:
    from lut_server.tokens.service import TokenService

token = typer.Typer(help="Make, list and revoke tokens of a server.", no_args_is_help=True)


class ScopeName(StrEnum):
    """What a token allows; each of them what those before it do."""

    READ = "read"
    AGENT = "agent"
    ADMIN = "admin"


@token.command()
def create(
    scope: Annotated[
        ScopeName, typer.Option(help="read: queries; agent: measuring, too; admin: everything.")
    ],
    name: Annotated[str, typer.Option(help="Whose it is, e.g. a board or a person.")],
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    """Make a token and print its secret, this once."""
    with _tokens(database) as tokens:
        made, secret = tokens.create(name, scope.value)
    typer.echo(
        f"token {made.id}, scope {made.scope}, for {made.name}; it is not shown again: put it into "
        "a file only its user can read, and that file's path into HNA_TOKEN_FILE",
        err=True,
    )
    typer.echo(secret)


@token.command("list")
def list_tokens(database: Annotated[str | None, DATABASE] = None) -> None:
    """List tokens, revoked ones too."""
    from rich.console import Console

    from lut_server.tokens.rendering import tokens_grid

    with _tokens(database) as tokens:
        known = tokens.all()
    Console().print(tokens_grid(known))


@token.command()
def revoke(
    token_id: Annotated[str, typer.Argument(help="As hna token list shows it.")],
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    """Have a token allow nothing any more, from the next request on."""
    with _tokens(database) as tokens:
        revoked = tokens.revoke(token_id)
    typer.echo(f"token {revoked.id} ({revoked.name}) is revoked since {revoked.revoked_at}")


@contextmanager
def _tokens(database: str | None) -> Iterator[TokenService]:
    """Give the tokens of a database in one transaction."""
    from lut_server.clock import utc_now
    from lut_server.database import open_database
    from lut_server.settings import settings_from
    from lut_server.tokens.repository import TokenRepository
    from lut_server.tokens.service import TokenService

    settings = settings_from(database=database)
    opened = open_database(settings.database, settings.busy_timeout_s)
    try:
        with opened.writing() as session:
            yield TokenService(TokenRepository(session), utc_now)
    finally:
        opened.close()
