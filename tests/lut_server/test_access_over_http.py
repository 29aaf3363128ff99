"""Who may ask a server what: open without tokens, closed with the first, three scopes."""

import logging

import pytest
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.client import LutClient
from lut_server.clock import iso
from lut_server.settings import Settings
from lut_server.tokens.gate import ALWAYS_OPEN, AT_THE_DOOR
from lut_server.tokens.repository import TokenRepository
from lut_server.tokens.service import TokenService
from lut_server.wire import Report
from profiler.errors import ServerRefused

ADDRESSES = ["/v1/tables", "/v1/devices", "/v1/campaigns", "/openapi.json", "/v1/nothing"]


@pytest.fixture
def make(http, clock):
    """Return a function that makes a token and returns its secret."""

    def create(scope, name="somebody"):
        with http.app.state.server.database.writing() as session:
            return TokenService(TokenRepository(session), clock).create(name, scope)[1]

    return create


@pytest.fixture
def tokens(http, clock):
    """Return a function that lists the tokens."""

    def all_of_them():
        with http.app.state.server.database.reading() as session:
            return TokenService(TokenRepository(session), clock).all()

    return all_of_them


@pytest.fixture
def as_holder(http, make):
    """Return a function that returns a client with a token of a scope."""
    return lambda scope: LutClient(http=http, token=make(scope))


def revoke(http, clock, token_id):
    with http.app.state.server.database.writing() as session:
        TokenService(TokenRepository(session), clock).revoke(token_id)


def bearer(secret):
    return {"authorization": f"Bearer {secret}"}


def test_a_server_without_tokens_is_open_on_loopback(client, bench):
    client.register(bench.registration())

    assert client.campaigns() == ()


def test_a_token_sent_to_an_open_server_is_not_asked_about(http):
    LutClient(http=http, token="hna_of-another-server").tables()


@pytest.mark.parametrize("address", ADDRESSES)
def test_with_the_first_token_every_address_asks_for_one(http, make, address):
    make("read")

    response = http.get(address)

    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["type"] == "token-missing"
    assert "HNA_TOKEN_FILE" in response.json()["detail"]


def test_a_first_token_closes_a_server_that_runs_within_a_second(http, make, clock):
    before = http.get("/v1/tables").status_code
    make("read")

    clock.move(seconds=1)

    assert (before, http.get("/v1/tables").status_code) == (200, 401)


def test_revoking_the_last_token_does_not_open_the_server(settings, http, make, tokens, clock):
    make("admin")
    revoke(http, clock, tokens()[0].id)

    with TestClient(create_app(settings, clock)) as restarted:
        assert restarted.get("/v1/tables").status_code == 401


@pytest.mark.parametrize("changes", [{"require_tokens": True}, {"host": "0.0.0.0"}])
def test_where_tokens_are_required_nothing_is_open_even_without_any(place, clock, changes):
    with TestClient(create_app(Settings(database=place, **changes), clock)) as http:
        assert http.get("/v1/tables").status_code == 401


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_a_watchdog_needs_no_token(http, make, address):
    make("read")

    assert http.get(address).status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer  ", "Basic aG5hOmhuYQ==", "hna_x"])
def test_a_header_without_a_token_is_a_missing_token(http, make, header):
    make("read")

    response = http.get("/v1/tables", headers={"authorization": header})

    assert (response.status_code, response.json()["type"]) == (401, "token-missing")


def test_the_scheme_may_be_written_in_any_case(http, make):
    headers = {"authorization": f"bearer {make('read')}"}

    assert http.get("/v1/tables", headers=headers).status_code == 200


def test_a_token_nobody_made_is_refused_and_not_repeated(http, make):
    make("read")

    response = http.get("/v1/tables", headers=bearer("hna_guessed"))

    assert (response.status_code, response.json()["type"]) == (401, "token-invalid")
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert "hna_guessed" not in response.text


def test_a_revoked_token_is_refused_from_the_next_request_on(http, make, tokens, clock):
    headers = bearer(make("read"))
    before = http.get("/v1/tables", headers=headers).status_code

    revoke(http, clock, tokens()[0].id)

    after = http.get("/v1/tables", headers=headers)
    assert (before, after.status_code) == (200, 401)
    assert "was revoked" in after.json()["detail"]


def test_whoever_is_not_let_in_is_not_listened_to(http, make):
    make("read")

    response = http.post("/v1/reports", content=b"{ no json", headers={"x": "y"})

    assert response.status_code == 401


def test_a_reader_reads_and_queries_and_changes_nothing(as_holder, bench):
    as_holder("agent").register(bench.registration())
    as_holder("agent").report(Report(session=bench.session(bench.measured(bench.operation()))))
    reader = as_holder("read")
    (table,) = reader.tables()

    assert reader.entries(table.name, ["no-key"]).missing == ("no-key",)
    with pytest.raises(ServerRefused, match=r"has scope read, this request needs agent") as refusal:
        reader.register(bench.registration())

    assert (refusal.value.status, refusal.value.fields["type"]) == (403, "token-scope")


def test_an_agent_measures_and_commissions_nothing(as_holder, bench):
    agent, admin = as_holder("agent"), as_holder("admin")
    agent.register(bench.registration())
    with pytest.raises(ServerRefused, match=r"has scope agent, this request needs admin"):
        agent.start_campaign(bench.campaign([bench.operation()]))
    campaign = admin.start_campaign(bench.campaign([bench.operation()]))

    lease = agent.lease(bench.lease_request())
    renewed = agent.renew(lease.id)
    agent.give_back(lease.id)

    assert renewed.job_id == lease.job_id
    assert lease.campaign_id == campaign.id


def test_a_scope_that_does_not_cover_the_request_is_challenged(http, make):
    response = http.post("/v1/tables/t/certificate", headers=bearer(make("read")))

    assert response.status_code == 403
    assert response.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'


def test_the_last_use_is_noted_once_a_minute(http, make, tokens, clock):
    headers = bearer(make("read"))
    first_used_at = iso(clock())

    http.get("/v1/tables", headers=headers)
    clock.move(seconds=59)
    http.get("/v1/tables", headers=headers)
    within = tokens()[0].last_used_at
    clock.move(seconds=1)
    http.get("/v1/tables", headers=headers)

    assert within == first_used_at
    assert tokens()[0].last_used_at == iso(clock())


def test_a_use_that_a_busy_database_cannot_note_is_logged_without_the_token(place, clock, caplog):
    settings = Settings(database=place, busy_timeout_s=0.05)
    with TestClient(create_app(settings, clock)) as http:
        database = http.app.state.server.database
        with database.writing() as session:
            _, secret = TokenService(TokenRepository(session), clock).create("me", "read")

        with database.writing(), caplog.at_level(logging.WARNING):
            response = http.get("/v1/tables", headers=bearer(secret))

    assert response.status_code == 200
    assert "was not noted" in caplog.text
    assert secret not in caplog.text


def test_the_openapi_document_says_which_endpoints_need_a_token(http):
    document = http.get("/openapi.json").json()

    (name,) = document["components"]["securitySchemes"]
    for path, item in document["paths"].items():
        for operation in item.values():
            guarded = path not in (*ALWAYS_OPEN, AT_THE_DOOR[1])
            assert (operation.get("security") == [{name: []}]) == guarded
            assert ({"401", "403"} <= operation["responses"].keys()) == guarded
