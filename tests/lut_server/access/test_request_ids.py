"""Each request has an id, in its answer, in problem documents, in the log."""

import logging
import re

import pytest
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.settings import Settings

MADE = r"[0-9a-f]{16}"


@pytest.mark.parametrize("address", ["/healthz", "/v1/tables", "/v1/nothing", "/openapi.json"])
def test_every_answer_carries_an_id_of_its_own(http, address):
    ids = [http.get(address).headers["x-request-id"] for _ in range(2)]

    assert ids[0] != ids[1]
    assert all(re.fullmatch(MADE, each) for each in ids)


def test_an_id_that_was_sent_is_kept(http):
    answer = http.get("/v1/tables", headers={"x-request-id": "trace-7.a_b"})

    assert answer.headers["x-request-id"] == "trace-7.a_b"


@pytest.mark.parametrize("sent", ["", "a b", "a" * 65, "<script>", "é", "-x", "a\x0bb"])
def test_an_id_that_could_not_stand_in_a_log_is_replaced(http, sent):
    answer = http.get("/v1/tables", headers={"x-request-id": sent.encode("latin-1")})

    assert re.fullmatch(MADE, answer.headers["x-request-id"])


@pytest.mark.parametrize(
    ("method", "address"),
    [("GET", "/v1/nothing"), ("GET", "/v1/devices/x"), ("POST", "/v1/reports")],
)
def test_problem_documents_name_the_request(http, method, address):
    answer = http.request(method, address, headers={"x-request-id": "trace-8"})

    assert answer.json()["request_id"] == "trace-8"


def test_the_gates_refusals_name_the_request_too(place, clock):
    with TestClient(create_app(Settings(database=place, require_tokens=True), clock)) as http:
        answer = http.get("/v1/tables", headers={"x-request-id": "trace-9"})

    assert (answer.status_code, answer.json()["request_id"]) == (401, "trace-9")


def test_every_answer_tells_browsers_to_keep_it_what_it_is(http):
    for address in ("/healthz", "/v1/tables", "/v1/nothing"):
        headers = http.get(address).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"


def test_of_an_error_nobody_expected_the_answer_says_only_where_to_look(settings, clock):
    app = create_app(settings, clock)

    @app.get("/fails")
    def fails():
        raise ZeroDivisionError("hna_secret-of-the-server")

    with TestClient(app, raise_server_exceptions=False) as http:
        answer = http.get("/fails", headers={"x-request-id": "trace-10"})

    assert answer.status_code == 500
    assert answer.headers["x-request-id"] == "trace-10"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.json() == {
        "type": "internal",
        "title": "The server failed",
        "status": 500,
        "detail": "the server's log says how, under this request_id",
        "request_id": "trace-10",
    }


def test_the_access_log_has_a_line_a_request_only_where_that_is_asked_for(place, clock, caplog):
    for asked in (False, True):
        with (
            caplog.at_level(logging.INFO, "lut_server.access"),
            TestClient(create_app(Settings(database=place, access_log=asked), clock)) as http,
        ):
            http.get(f"/v1/devices/{asked}?key=value")

    (line,) = [record for record in caplog.records if record.name == "lut_server.access"]
    assert line.getMessage() == "GET /v1/devices/True 404"
    assert line.fields["client"] == "testclient"
    assert line.fields["bytes"] > 0
    assert line.fields["ms"] > 0
