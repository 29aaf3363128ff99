"""Versions: what was handed out can be read again, byte for byte."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.models import TableRow
from profiler.errors import ServerRefused

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def restarted(settings, clock):
    """Another server on the same store."""
    with TestClient(create_app(settings, clock)) as http:
        yield http


@pytest.fixture
def no_tabulating(monkeypatch):
    def refuse(sessions):
        raise AssertionError("a table was computed again")

    monkeypatch.setattr("lut_server.tables.making.tabulate", refuse)


def test_a_version_is_read_again_byte_for_byte_after_the_table_moved_on(
    http, restarted, table, grow
):
    before = http.get(f"/v1/tables/{table.name}")
    grow(16)
    after = http.get(f"/v1/tables/{table.name}")

    again = restarted.get(f"/v1/tables/{table.name}?version={table.version}")

    assert again.content == before.content != after.content
    assert again.headers["etag"] == before.headers["etag"]


def test_versions_are_listed_the_newest_first(client, clock, table, grow):
    clock.move(60)
    grow(16)
    newest = client.table(table.name)

    versions = client.table_versions(table.name)

    assert [v.version for v in versions] == [newest.version, table.version]
    assert [v.entries for v in versions] == [4, 2]
    assert versions[0].created_at > versions[1].created_at
    assert client.table_version(table.name, table.version).version == table.version


def test_what_nobody_read_is_no_version(client, table, grow):
    grow(16)
    grow(24)

    assert [v.version for v in client.table_versions(table.name)] == [table.version]


def test_another_server_hands_out_the_stored_version_without_computing_it(
    http, restarted, table, no_tabulating
):
    ours = http.get(f"/v1/tables/{table.name}")

    theirs = restarted.get(f"/v1/tables/{table.name}")
    listed = restarted.get("/v1/tables").json()

    assert theirs.content == ours.content
    assert [line["version"] for line in listed] == [table.version]


def test_a_table_that_holds_again_what_it_held_has_that_version_again(
    http, client, clock, table, restarted, no_tabulating_after
):
    clock.move(60)
    with http.app.state.server.database.writing() as session:
        session.get(TableRow, table.name).changes += 1

    (line,) = client.tables()
    (version,) = client.table_versions(table.name)

    assert line.version == version.version == table.version
    assert version.changes == 2
    no_tabulating_after()
    assert restarted.get(f"/v1/tables/{table.name}").status_code == 200


@pytest.fixture
def no_tabulating_after(request):
    return lambda: request.getfixturevalue("no_tabulating")


def test_a_version_that_two_servers_compute_at_once_is_stored_once(
    http, restarted, client, table, grow
):
    grow(16)
    start = Barrier(4)

    def read(index):
        start.wait()
        return (http, restarted)[index % 2].get(f"/v1/tables/{table.name}")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(read, range(4)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(client.table_versions(table.name)) == 2


def test_a_version_that_never_was_is_named(client, table):
    with pytest.raises(ServerRefused, match="was never handed out as version 'f00d'") as refusal:
        client.table_version(table.name, "f00d")

    assert (refusal.value.status, refusal.value.fields["type"]) == (404, "table-version-unknown")


def test_a_version_of_no_table_is_an_unknown_table(http, registered):
    assert http.get("/v1/tables/nobody?version=f00d").json()["type"] == "table-unknown"
    assert http.get("/v1/tables/nobody/versions").json()["type"] == "table-unknown"


def test_a_version_is_what_it_was_and_cannot_be_filled(http, table):
    answer = http.get(f"/v1/tables/{table.name}?version={table.version}&allow=predicted")

    assert answer.status_code == 422
    assert "leave out allow=predicted" in answer.json()["detail"]


def test_a_version_that_a_transaction_judges_is_kept_with_its_verdict(http, client, table, grow):
    grow(16)
    server = http.app.state.server

    with server.database.writing() as session:
        judged = server.shelf.settle(session, table.name)

    assert client.table_versions(table.name)[0].version == judged.version
    assert client.table(table.name) == judged
