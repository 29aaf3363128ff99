"""Errors as problem documents: the request that is wrong is told where and why."""

import json

import pytest

from lut_server.documents import to_document
from lut_server.errors import PROBLEMS
from lut_server.problems import error_of
from profiler.errors import LeaseLost, RequestRefused, ServerRefused


@pytest.fixture
def campaign(bench, registered):
    return bench.campaign([bench.operation()]).model_dump(mode="json")


def refused(http, document):
    response = http.post("/v1/campaigns", json=document)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    return response.json()


def test_an_unknown_field_of_a_message_is_named(http, campaign):
    problem = refused(http, campaign | {"colour": "red"})

    assert problem["type"] == "request-invalid"
    assert problem["errors"][0]["where"] == "body.colour"


def test_an_unknown_field_of_an_operation_is_named(http, campaign):
    campaign["operations"][0]["stride"] = 2

    problem = refused(http, campaign)

    assert "body.operations.0" in problem["detail"]
    assert "unknown field stride; the fields are" in problem["detail"]


def test_an_unknown_operation_is_named_beside_those_that_are_known(http, campaign):
    campaign["operations"][0] = {"kind": "fourier"}

    problem = refused(http, campaign)

    assert "unknown operation 'fourier'; known are" in problem["detail"]
    assert [fault["where"] for fault in problem["errors"]] == ["body.operations.0"]


def test_an_operation_with_impossible_numbers_is_refused(http, campaign):
    campaign["operations"][0]["kernel"] = 4

    problem = refused(http, campaign)

    assert "kernel=4 is even" in problem["detail"]


@pytest.mark.usefixtures("registered")
def test_a_measurement_without_samples_is_refused(http, bench):
    session = bench.session({bench.network(1): 5.0})
    document = {"session": to_document(session)}
    document["session"]["measurements"][0]["rounds"] = []

    response = http.post("/v1/reports", json=document)

    assert response.status_code == 422
    assert "has no samples" in response.json()["detail"]


@pytest.mark.usefixtures("registered")
def test_a_session_with_a_number_that_is_none_is_refused_whole(http, client, bench):
    session = bench.session({bench.network(1): 5.0}, sentinel_us=(float("nan"),))
    body = json.dumps({"session": to_document(session)})

    response = http.post("/v1/reports", content=body, headers={"content-type": "application/json"})

    assert response.status_code == 422
    assert f"session {session.id} holds a number" in response.json()["detail"]
    assert client.tables() == ()


def test_text_that_is_no_json_is_refused(http):
    response = http.post("/v1/reports", content=b"{", headers={"content-type": "application/json"})

    assert response.status_code == 422
    assert response.json()["type"] == "request-invalid"


def test_an_address_that_does_not_exist_is_a_problem_document_too(http):
    response = http.get("/v1/nothing")

    assert response.status_code == 404
    assert response.json()["title"] == "Not Found"


def test_every_refusal_of_the_server_has_a_problem_type_of_its_own():
    types = [PROBLEMS[kind].type for kind in RequestRefused.__subclasses__()]

    assert len(types) == len(set(types)) > 5


def test_an_answer_that_is_no_problem_document_asks_who_is_there():
    error = error_of(502, b"<html>Bad Gateway</html>", "http://example")

    assert isinstance(error, ServerRefused)
    assert "is a lookup-table server listening at http://example?" in str(error)


def test_a_lost_lease_is_read_back_as_one():
    body = b'{"type": "lease-lost", "title": "t", "status": 409, "detail": "gone"}'

    error = error_of(409, body, "http://example")

    assert type(error) is LeaseLost
    assert str(error) == "the server answered 409: gone"
