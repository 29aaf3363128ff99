"""
``hna token``: make, list and revoke tokens and enrolments, directly on the database.

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
    from lut_server.audit.service import Audit
    from lut_server.enrolment.service import EnrolmentService
    from lut_server.tokens.service import TokenService

token = typer.Typer(help="Let people and boards into a server.", no_args_is_help=True)


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
    with _rules(database) as (tokens, _, audit):
        made, secret = tokens.create(name, scope.value)
        audit.note("create_token", made.id, name=made.name, scope=made.scope)
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

    with _rules(database) as (tokens, _, _):
        known = tokens.all()
    Console().print(tokens_grid(known))


@token.command()
def revoke(
    token_id: Annotated[str, typer.Argument(help="As hna token list shows it.")],
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    """Have a token allow nothing any more, from the next request on."""
    with _rules(database) as (tokens, _, audit):
        revoked = tokens.revoke(token_id)
        audit.note("revoke_token", revoked.id, name=revoked.name)
    typer.echo(f"token {revoked.id} ({revoked.name}) is revoked since {revoked.revoked_at}")


@token.command()
def enrol(
    name: Annotated[str, typer.Option(help="Whose tokens they will be, e.g. a board.")],
    minutes: Annotated[
        float, typer.Option(min=0.1, max=7 * 24 * 60, help="How long the code is good.")
    ] = 15.0,
    uses: Annotated[int, typer.Option(min=1, max=10_000, help="How many boards may use it.")] = 1,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    """Make a short code that a board turns into a token of its own, and print it, this once."""
    from lut_server.wire import EnrolmentRequest

    request = EnrolmentRequest(name=name, minutes=minutes, uses=uses)
    with _rules(database) as (_, enrolments, audit):
        made = enrolments.create(request)
        audit.note("create_enrolment", made.enrolment.id, **request.model_dump(mode="json"))
    typer.echo(
        f"enrolment {made.enrolment.id}, for {uses} x {name}, until "
        f"{made.enrolment.expires_at[:16].replace('T', ' ')} UTC; on the board: "
        f"hna agent --server ADDRESS --enrol {made.code}",
        err=True,
    )
    typer.echo(made.code)


@token.command("enrolments")
def list_enrolments(database: Annotated[str | None, DATABASE] = None) -> None:
    """List enrolments, the newest first; codes are not known any more."""
    from rich.console import Console

    from lut_server.tokens.rendering import enrolments_grid

    with _rules(database) as (_, enrolments, _):
        known = enrolments.all()
    Console().print(enrolments_grid(known))


@token.command("revoke-enrolment")
def revoke_enrolment(
    enrolment_id: Annotated[str, typer.Argument(help="As hna token enrolments shows it.")],
    tokens: Annotated[
        bool, typer.Option("--tokens", help="Also revoke the tokens that came of it.")
    ] = False,
    database: Annotated[str | None, DATABASE] = None,
) -> None:
    """Have a code open nothing any more."""
    with _rules(database) as (_, enrolments, audit):
        view, revoked = enrolments.revoke(enrolment_id, tokens=tokens)
        ids = [token.id for token in revoked]
        audit.note("revoke_enrolment", view.id, name=view.name, tokens=ids)
    what = f" with {len(revoked)} tokens" if tokens else f"; {view.used} tokens came of it"
    typer.echo(f"enrolment {view.id} ({view.name}) is revoked since {view.revoked_at}{what}")


@contextmanager
def _rules(database: str | None) -> Iterator[tuple[TokenService, EnrolmentService, Audit]]:
    """Give the tokens and enrolments of a database, and its audit, in one transaction."""
    from lut_server.audit.service import Audit, person_here
    from lut_server.clock import utc_now
    from lut_server.database import open_database
    from lut_server.enrolment.repository import EnrolmentRepository
    from lut_server.enrolment.service import EnrolmentService
    from lut_server.settings import settings_from
    from lut_server.tokens.repository import TokenRepository
    from lut_server.tokens.service import TokenService

    settings = settings_from(database=database)
    opened = open_database(settings.database, settings.busy_timeout_s)
    try:
        with opened.writing() as session:
            tokens = TokenService(TokenRepository(session), utc_now)
            enrolments = EnrolmentService(EnrolmentRepository(session), tokens, utc_now)
            yield tokens, enrolments, Audit(session, person_here(), utc_now)
    finally:
        opened.close()
