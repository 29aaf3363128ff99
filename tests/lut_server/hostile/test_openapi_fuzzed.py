"""
schemathesis over the whole OpenAPI document, in process: what is generated from it, and what
breaks it, gets no 5xx, no status and no answer that the document does not describe.

``HNA_FUZZ_EXAMPLES`` is how many requests are made for each operation and mode (default 3).
"""

import os
from contextlib import suppress

import httpx2
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as running
from hypothesis.errors import Unsatisfiable
from schemathesis import openapi
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.wire import Report

EXAMPLES = int(os.environ.get("HNA_FUZZ_EXAMPLES", "3"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ENDLESS = ("follow_campaign",)
"""Operations whose answer ends only with what it tells of; tested where they are."""


@pytest.fixture
def http(settings, clock):
    """The server, whose unexpected errors are answers here as they are on a socket."""
    with TestClient(create_app(settings, clock), raise_server_exceptions=False) as http:
        yield http


@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_whatever_is_asked_the_answer_is_one_the_document_describes(http, client, bench, mode):
    client.register(bench.registration())
    client.report(Report(session=bench.session(bench.measured(bench.operation()))))
    document = http.get("/openapi.json").json()
    found = [result.ok() for result in openapi.from_dict(document).get_all_operations()]
    operations = [each for each in found if each.definition.raw["operationId"] not in ENDLESS]

    wrong = [fault for operation in operations for fault in faults_of(operation, mode, http)]

    assert len(operations) > 25
    assert not wrong, "\n\n".join(wrong)


def faults_of(operation, mode, http):
    """Return what answers to generated requests were not as described, each kind once."""
    faults = {}

    @running(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case):
        request = case.as_transport_kwargs(base_url="http://testserver")
        given_cookies = request.pop("cookies", None) or {}
        cookies = "; ".join(f"{name}={value}" for name, value in given_cookies.items())
        request["headers"]["Cookie"] = cookies
        if isinstance(request.get("data"), bytes | str):
            request["content"] = request.pop("data")
        try:
            answer = http.request(**request)
        except httpx2.InvalidURL:
            return  # longer than a client can send
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as group:
            for failure in group.exceptions:
                key = (operation.label, failure.title, answer.status_code)
                faults.setdefault(key, f"{key}\n{failure}\n{case.as_curl_command()[:2000]}")

    with suppress(Unsatisfiable):  # nothing of it can be made wrong
        ask()
    return list(faults.values())
