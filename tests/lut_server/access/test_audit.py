"""The audit: what administrators did is there, in the transaction that did it, and nothing else."""

import json
import re

import pytest
import typer
from fastapi.routing import APIRoute
from typer.testing import CliRunner

from lut_server.audit.commands import audit as audit_command
from lut_server.audit.service import Actor, Audit
from lut_server.client import LutClient
from lut_server.database import open_database
from lut_server.deps import transaction
from lut_server.tokens.commands import token as token_commands
from lut_server.tokens.scopes import scope_needed
from lut_server.wire import HealthChange


@pytest.fixture
def audited(http, admin):
    """Return a function that returns what was done, the newest first."""
    return lambda **query: http.get("/v1/audit", params=query, headers=admin).json()


@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
class TestAuditOnEveryDatabase:
    """Holds on SQLite and on PostgreSQL."""

    def test_a_persons_change_of_health_is_noted_with_who_when_and_which_request(
        self, http, admin, bench, audited, make
    ):
        agent = make("agent", "board-1")
        http.post(
            "/v1/devices", content=bench.registration().model_dump_json(), headers=agent | JSON
        )

        http.put(
            "/v1/devices/f00d/health",
            json={"health": "maintenance", "reason": "new fan"},
            headers=admin | {"x-request-id": "trace-7"},
        )

        (entry,) = audited()
        assert (entry["action"], entry["subject"]) == ("change_health", "f00d")
        assert (entry["actor"], entry["request_id"]) == ("ada", "trace-7")
        assert entry["at"] == "2026-11-22T12:00:02.000000+00:00"
        assert re.fullmatch(r"[0-9a-f]{12}", entry["token_id"])

    def test_what_was_refused_was_not_done_and_is_not_noted(self, http, admin, audited):
        refused = http.put(
            "/v1/devices/nobody/health",
            json={"health": "retired", "reason": "gone"},
            headers=admin,
        )

        assert refused.status_code == 404
        assert audited() == []

    def test_enrolling_is_noted_from_the_code_to_the_token_and_no_secret_with_it(
        self, http, admin, audited
    ):
        made = http.post("/v1/enrolments", json={"name": "board-7"}, headers=admin).json()
        redeemed = http.post("/v1/enrolments/redeem", json={"code": made["code"]}).json()
        http.delete(f"/v1/tokens/{redeemed['token_id']}", headers=admin)

        told = audited()

        assert [(entry["action"], entry["subject"], entry["actor"]) for entry in told] == [
            ("revoke_token", redeemed["token_id"], "ada"),
            ("redeem_code", redeemed["token_id"], f"enrolment:{made['enrolment']['id']}"),
            ("create_enrolment", made["enrolment"]["id"], "ada"),
        ]
        assert told[2]["detail"] == {"name": "board-7", "minutes": 15.0, "uses": 1}
        assert made["code"] not in json.dumps(told)
        assert redeemed["secret"] not in json.dumps(told)

    def test_the_audit_is_read_back_in_pages_and_by_what_was_done(self, place, http, clock):
        database = http.app.state.server.database
        with database.writing() as session:
            notes = Audit(session, Actor(), clock)
            for number in range(5):
                notes.note("retire_device" if number % 2 else "start_campaign", f"s{number}")

        newest = http.get("/v1/audit", params={"limit": 2}).json()
        older = http.get("/v1/audit", params={"before": newest[-1]["id"]}).json()
        retired = http.get("/v1/audit", params={"action": "retire_device"}).json()
        one = http.get("/v1/audit", params={"subject": "s3"}).json()

        assert [entry["subject"] for entry in newest + older] == ["s4", "s3", "s2", "s1", "s0"]
        assert [entry["subject"] for entry in retired] == ["s3", "s1"]
        assert [entry["actor"] for entry in one] == ["local"]


NOTED_BY_THEMSELVES = {"transfer_entries"}
"""Operations that open a transaction of their own, and call ``note_request`` in it."""

JSON = {"content-type": "application/json"}


def test_what_agents_and_readers_do_is_no_administrators_business(http, make, bench, audited):
    agent = make("agent")

    http.post("/v1/devices", content=bench.registration().model_dump_json(), headers=agent | JSON)
    http.get("/v1/devices", headers=agent)

    assert audited() == []


def test_every_change_that_needs_an_administrator_is_made_where_it_is_noted(http):
    def asks_for(dependant):
        yield dependant.call
        for inner in dependant.dependencies:
            yield from asks_for(inner)

    unnoted = [
        route.name
        for route in all_routes(http.app)
        for method in route.methods - {"GET", "HEAD"}
        if scope_needed(method, route.name) == "admin"
        and transaction not in asks_for(route.dependant)
    ]

    assert set(unnoted) == NOTED_BY_THEMSELVES


def all_routes(app):
    """Return the API's routes, those of included routers too."""
    found = [route for route in app.routes if isinstance(route, APIRoute)]
    for included in app.routes:
        router = getattr(included, "original_router", None)
        found += [route for route in getattr(router, "routes", ()) if isinstance(route, APIRoute)]
    assert len(found) > 20
    return found


@pytest.fixture
def hna(tmp_path, monkeypatch):
    """Run ``hna token`` on a database of its own; return what it printed."""
    monkeypatch.setenv("HNA_SERVER_DATABASE", str(tmp_path / "lut.db"))
    monkeypatch.setenv("COLUMNS", "200")
    app = typer.Typer()
    app.add_typer(token_commands, name="token")
    return lambda *arguments: CliRunner().invoke(app, ["token", *arguments])


def test_commands_beside_the_database_are_noted_with_the_user_of_the_machine(
    hna, tmp_path, clock, monkeypatch
):
    monkeypatch.setenv("LOGNAME", "ada")
    made = hna("create", "--scope", "admin", "--name", "ada")
    enrolled = hna("enrol", "--name", "board-7", "--minutes", "5", "--uses", "2")
    enrolment_id = re.match(r"enrolment (\w+), for 2 x board-7", enrolled.stderr)[1]
    listed = hna("enrolments").output
    hna("revoke-enrolment", enrolment_id, "--tokens")

    database = open_database(tmp_path / "lut.db", 5.0)
    with database.reading() as session:
        noted = Audit(session, Actor(), clock).latest(10)
    database.close()

    code = enrolled.stdout.strip()
    assert re.fullmatch(r"\w{4}-\w{4}-\w{4}", code)
    assert "0 of 2" in listed
    assert code not in listed
    assert [entry.action for entry in noted] == [
        "revoke_enrolment",
        "create_enrolment",
        "create_token",
    ]
    assert {entry.actor for entry in noted} == {"local:ada"}
    assert made.stdout.strip() not in str(noted)
    assert code not in str(noted)


def test_the_audit_is_listed_in_the_terminal_and_for_programs(process, bench, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    url = process[1].read_text().strip()
    app = typer.Typer()
    app.command()(audit_command)
    with LutClient(url) as client:
        client.register(bench.registration())
        client.change_health("f00d", HealthChange(health="bad", reason="[bold]it smokes"))

    lines = CliRunner().invoke(app, ["--server", url, "--json"]).output
    grid = CliRunner().invoke(app, ["--server", url, "--action", "change_health"]).output
    other = CliRunner().invoke(app, ["--server", url, "--json", "--subject", "beef"]).output

    entry = json.loads(lines)
    assert (entry["actor"], entry["action"], entry["subject"]) == ("local", "change_health", "f00d")
    assert re.search(r"local +│ change_health +│ f00d", grid)
    assert other == ""
