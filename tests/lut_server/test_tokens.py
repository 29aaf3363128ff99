"""Tokens on the database: made once, kept as a hash, listed, revoked; ``hna token``."""

import hashlib
import re
from contextlib import closing

import pytest
import typer
from sqlalchemy import select
from typer.testing import CliRunner

from lut_server.database import open_database
from lut_server.models import TokenRow
from lut_server.tokens.commands import token as commands
from lut_server.tokens.repository import TokenRepository
from lut_server.tokens.scopes import AGENTS, QUERIES, scope_needed
from lut_server.tokens.service import TokenService
from lut_server.tokens.token import SCOPES, covers, new_secret
from profiler.errors import HnaError, TokenInvalid


@pytest.fixture
def database(place):
    with closing(open_database(place, 5.0)) as database:
        yield database


@pytest.fixture
def in_service(database, clock):
    """Return a function that does something with tokens in a transaction."""

    def act(do):
        with database.writing() as session:
            return do(TokenService(TokenRepository(session), clock))

    return act


@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
class TestTokensOnEveryDatabase:
    """Holds on SQLite and on PostgreSQL."""

    def test_a_secret_leads_to_its_token(self, in_service):
        made, secret = in_service(lambda tokens: tokens.create("board-1", "agent"))

        assert in_service(lambda tokens: tokens.holder(secret)) == made
        assert (made.name, made.scope) == ("board-1", "agent")
        assert made.created_at == "2026-11-22T12:00:00.000000+00:00"

    def test_of_a_secret_only_its_hash_is_kept(self, in_service, database):
        _, secret = in_service(lambda tokens: tokens.create("board-1", "agent"))

        with database.reading() as session:
            (row,) = session.scalars(select(TokenRow))
            kept = {column.name: getattr(row, column.name) for column in TokenRow.__table__.columns}

        assert kept["sha256"] == hashlib.sha256(secret.encode()).hexdigest()
        assert not any(secret in str(value) for value in kept.values())

    def test_a_secret_nobody_made_is_refused_without_being_repeated(self, in_service):
        with pytest.raises(TokenInvalid, match="hna token create") as refusal:
            in_service(lambda tokens: tokens.holder("hna_guessed"))

        assert "hna_guessed" not in str(refusal.value)

    def test_a_revoked_token_is_refused_for_good_and_stays_listed(self, in_service, clock):
        made, secret = in_service(lambda tokens: tokens.create("board-1", "agent"))
        clock.move(seconds=60)
        revoked = in_service(lambda tokens: tokens.revoke(made.id))
        clock.move(seconds=60)

        again = in_service(lambda tokens: tokens.revoke(made.id))

        assert again == revoked
        assert revoked.revoked_at == "2026-11-22T12:01:00.000000+00:00"
        assert in_service(lambda tokens: tokens.all()) == (revoked,)
        with pytest.raises(TokenInvalid, match=rf"token {made.id} \(board-1\) was revoked"):
            in_service(lambda tokens: tokens.holder(secret))

    def test_a_use_is_noted_once_a_minute(self, in_service, clock):
        made, secret = in_service(lambda tokens: tokens.create("board-1", "agent"))
        noted = []
        for seconds in (0, 59, 1):
            clock.move(seconds=seconds)
            in_service(lambda tokens: tokens.note_use(made))
            noted.append(in_service(lambda tokens: tokens.holder(secret)).last_used_at)

        assert [moment[14:19] for moment in noted] == ["00:00", "00:00", "01:00"]

    @pytest.mark.parametrize("name", ["", "  ", "a\nb", "\x1b[2J"])
    def test_a_name_that_could_not_be_read_in_a_list_is_refused(self, in_service, name):
        with pytest.raises(HnaError, match="could not be told from others"):
            in_service(lambda tokens: tokens.create(name, "read"))


def test_secrets_are_long_random_and_known_by_how_they_begin():
    secrets = {new_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert all(re.fullmatch(r"hna_[\w-]{43}", secret) for secret in secrets)  # 43 x 6 bits


def test_each_scope_covers_itself_and_those_before_it():
    covered = {held: [needed for needed in SCOPES if covers(held, needed)] for held in SCOPES}

    assert covered == {
        "read": ["read"],
        "agent": ["read", "agent"],
        "admin": ["read", "agent", "admin"],
    }


def test_operations_that_are_named_exist_and_what_is_not_named_needs_admin(http):
    paths = http.get("/openapi.json").json()["paths"]
    operations = {o["operationId"]: m.upper() for p in paths.values() for m, o in p.items()}

    assert operations.keys() >= AGENTS | QUERIES
    needed = {name: scope_needed(method, name) for name, method in operations.items()}
    assert needed["get_table"] == needed["query_entries"] == "read"
    assert needed["start_campaign"] == needed["certify_table"] == "admin"
    assert scope_needed("DELETE", "some_endpoint_of_tomorrow") == "admin"


@pytest.fixture
def hna_token(tmp_path, monkeypatch):
    """Run ``hna token`` on a database of its own; return what it printed."""
    monkeypatch.setenv("HNA_SERVER_DATABASE", str(tmp_path / "lut.db"))
    monkeypatch.setenv("COLUMNS", "200")
    app = typer.Typer()
    app.add_typer(commands, name="token")

    def run(*arguments):
        result = CliRunner().invoke(app, ["token", *arguments])
        if isinstance(result.exception, HnaError):
            raise result.exception
        return result

    return run


def test_the_secret_alone_is_on_standard_output_and_shown_once(hna_token):
    made = hna_token("create", "--scope", "agent", "--name", "board-1")

    secret = made.stdout.strip()
    assert re.fullmatch(r"hna_[\w-]{43}", secret)
    assert "scope agent, for board-1; it is not shown again" in made.stderr
    assert secret not in made.stderr
    assert secret not in hna_token("list").output


def test_a_token_is_listed_and_revoked_by_its_id(hna_token):
    made = hna_token("create", "--scope", "read", "--name", "[bold]a person")
    token_id = re.match(r"token (\w+),", made.stderr)[1]

    before = hna_token("list").output
    hna_token("revoke", token_id)
    after = hna_token("list").output

    assert token_id in before
    assert "[bold]a person" in before
    assert "never" in before
    assert "good" in before
    assert "revoked 20" in after
    assert "good" not in after


def test_a_token_that_is_not_there_cannot_be_revoked(hna_token):
    with pytest.raises(HnaError, match="no token has id 'nobody'; hna token list shows them"):
        hna_token("revoke", "nobody")


def test_a_scope_that_does_not_exist_is_refused_beside_those_that_do(hna_token):
    refused = hna_token("create", "--scope", "root", "--name", "me")

    assert refused.exit_code == 2
    assert "'read', 'agent', 'admin'" in refused.output
