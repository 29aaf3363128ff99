"""Every route, asked without a token, with a wrong one, and with one of too small a scope."""

import re

import pytest
from starlette.routing import BaseRoute, Route
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.settings import Settings
from lut_server.tokens.gate import ALWAYS_OPEN, AT_THE_DOOR
from lut_server.tokens.repository import TokenRepository
from lut_server.tokens.scopes import scope_needed
from lut_server.tokens.service import TokenService
from lut_server.tokens.token import SCOPES
from lut_server.web.places import is_open

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@pytest.fixture
def guarded(place, clock):
    """A server that asks for tokens, and the header of one token of each scope."""
    with TestClient(create_app(Settings(database=place, require_tokens=True), clock)) as http:
        with http.app.state.server.database.writing() as session:
            tokens = TokenService(TokenRepository(session), clock)
            secrets = {scope: tokens.create(scope, scope)[1] for scope in SCOPES}
        yield http, {scope: f"Bearer {secret}" for scope, secret in secrets.items()}


def routes_of(app):
    """Return method, address and name of everything that is served, of included routers too."""

    def below(routes: list[BaseRoute]):
        for route in routes:
            if isinstance(route, Route) or hasattr(route, "methods"):
                yield route
            inner = getattr(route, "original_router", None)
            yield from below(getattr(inner, "routes", []))

    found = {
        (method, re.sub(r"\{[^}]*\}", "x", route.path), route.name)
        for route in below(app.routes)
        for method in route.methods
    }
    documented = {
        (method.upper(), re.sub(r"\{[^}]*\}", "x", path), operation["operationId"])
        for path, item in app.openapi()["paths"].items()
        for method, operation in item.items()
    }
    assert documented <= found
    return sorted(found)


def test_nobody_without_a_good_token_gets_past_the_gate_anywhere(guarded):
    http, _ = guarded

    let_in = [
        (method, address, header)
        for method, address, _ in routes_of(http.app)
        if not needs_no_token(method, address)
        for header in ("", "Bearer hna_guessed", "Basic aG5hOmhuYQ==", "Bearer ' OR 1=1 --")
        if not turned_away(
            http.request(method, address, headers={"authorization": header}, follow_redirects=False)
        )
    ]

    assert let_in == []


def needs_no_token(method, address):
    return address in ALWAYS_OPEN or (method, address) == AT_THE_DOOR or is_open(address)


def turned_away(answer):
    """Whether an answer is the gate's: a refusal, for a page the way to sign in."""
    return answer.status_code == 401 or "/login" in answer.headers.get("location", "")


def test_no_scope_does_what_needs_a_larger_one(guarded):
    http, headers = guarded
    wrong = []

    for method, address, name in routes_of(http.app):
        if needs_no_token(method, address) or not address.startswith("/v1"):
            continue
        needed = scope_needed(method, name)
        for scope in SCOPES:
            answer = http.request(method, address, headers={"authorization": headers[scope]})
            refused = answer.status_code == 403
            if refused != (SCOPES.index(scope) < SCOPES.index(needed)) or answer.status_code >= 500:
                wrong.append((method, address, scope, answer.status_code))

    assert wrong == []


def test_methods_that_an_address_does_not_know_change_nothing(guarded):
    http, headers = guarded
    served = {(method, address) for method, address, _ in routes_of(http.app)}

    answers = {
        (method, address): http.request(
            method, address, headers={"authorization": headers["admin"]}
        ).status_code
        for address in {address for _, address in served}
        for method in METHODS
        if (method, address) not in served
    }

    assert set(answers.values()) <= {404, 405}


@pytest.mark.parametrize("header", ["x-http-method-override", "x-method-override", "x-http-method"])
def test_a_header_does_not_make_another_method_of_a_request(guarded, header):
    http, headers = guarded

    answer = http.get("/v1/tables", headers={"authorization": headers["read"], header: "DELETE"})

    assert (answer.status_code, answer.json()) == (200, [])


@pytest.mark.parametrize(
    "address",
    [
        "/healthz/../v1/audit",
        "/healthz/%2e%2e/v1/audit",
        "/healthz%2f..%2fv1%2faudit",
        "//v1/audit",
        "/v1//audit",
        "/V1/AUDIT",
        "/v1/audit/",
        "/v1/audit%00",
        "/v1/audit;/healthz",
        "/v1/enrolments/redeem/../../audit",
        "/healthz?/../v1/audit",
    ],
)
def test_no_spelling_of_an_address_gets_past_the_gate(guarded, address):
    http, _ = guarded

    answer = http.get(address)

    assert answer.status_code == 401 or answer.json() == {"status": "ok"}
