"""Whole tables past the web framework: exactly as fresh, and as closed, as the endpoint."""

import pytest
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.database import open_database
from lut_server.settings import Settings
from lut_server.tables import endpoints
from lut_server.tokens.repository import TokenRepository
from lut_server.tokens.service import TokenService

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def other_server(settings, clock):
    with TestClient(create_app(settings, clock)) as http:
        yield http


@pytest.fixture
def endpoint_calls(monkeypatch):
    """How often the endpoint was asked to choose a representation."""
    calls = []

    def counted(accept, accept_encoding):
        calls.append(accept)
        return choose(accept, accept_encoding)

    choose = endpoints.choose
    monkeypatch.setattr(endpoints, "choose", counted)
    return calls


@pytest.fixture
def tokens(place, clock):
    database = open_database(place, 5.0)

    class Tokens:
        def create(self):
            with database.writing() as session:
                return TokenService(TokenRepository(session), clock).create("somebody", "read")

        def revoke(self, token):
            with database.writing() as session:
                TokenService(TokenRepository(session), clock).revoke(token.id)

    yield Tokens()
    database.close()


def test_a_table_on_the_shelf_is_answered_before_the_endpoint(http, table, endpoint_calls):
    path = f"/v1/tables/{table.name}"

    first, second = http.get(path), http.get(path)

    assert len(endpoint_calls) == 1
    assert second.content == first.content
    assert second.headers["etag"] == first.headers["etag"]
    assert second.headers["content-type"] == "application/json"


def test_what_another_server_stored_is_in_the_next_answer(
    http, other_server, client, bench, table, grow
):
    path = f"/v1/tables/{table.name}"
    other_server.get(path)
    before = other_server.get(path)

    grow(16)
    after = other_server.get(path)

    assert len(before.json()["entries"]) == 2
    assert len(after.json()["entries"]) == 4


def test_what_is_unusual_reaches_the_endpoint(http, table, endpoint_calls):
    path = f"/v1/tables/{table.name}"
    http.get(path)

    http.get(f"{path}?allow=predicted")
    http.get(f"{path}?version={table.version}")

    assert len(endpoint_calls) == 3
    assert http.get(f"{path}/versions").status_code == 200
    assert http.post(path).status_code == 405


def test_answers_do_not_gather_headers(http, table):
    path = f"/v1/tables/{table.name}"

    counts = {len(http.get(path).headers.multi_items()) for _ in range(4)}

    assert len(counts) == 1


def test_a_revoked_token_counts_for_nothing_from_the_next_request_on(place, clock, table, tokens):
    token, secret = tokens.create()
    bearer = {"authorization": f"Bearer {secret}"}
    path = f"/v1/tables/{table.name}"
    with TestClient(create_app(Settings(database=place), clock)) as http:
        answers = [http.get(path, headers=bearer).status_code for _ in range(2)]
        without = [http.get(path).status_code for _ in range(2)]
        tokens.revoke(token)
        after = http.get(path, headers=bearer)

    assert answers == [200, 200]
    assert without == [401, 401]
    assert (after.status_code, after.json()["type"]) == (401, "token-invalid")


def test_a_store_that_fails_is_a_problem_document(http, table, monkeypatch):
    from profiler.errors import StoreFailed

    path = f"/v1/tables/{table.name}"
    http.get(path)

    def fail(*_):
        raise StoreFailed("the disk is gone")

    monkeypatch.setattr("lut_server.tables.quick.TableChanges.answer", fail)

    answer = http.get(path)

    assert (answer.status_code, answer.json()["type"]) == (503, "store-failed")
