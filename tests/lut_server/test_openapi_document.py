"""The OpenAPI document: complete enough to generate clients."""

from itertools import chain

import pytest

from lut_server.json_requests import JsonRoute

METHODS = {"get", "post", "put", "delete"}


@pytest.fixture
def document(http):
    return http.get("/openapi.json").json()


def operations(document):
    for path in document["paths"].values():
        yield from (operation for method, operation in path.items() if method in METHODS)


def test_every_endpoint_has_a_name_of_its_own_a_tag_and_a_sentence(document):
    names = [operation["operationId"] for operation in operations(document)]

    assert len(names) == len(set(names)) >= 17
    assert "register_device" in names
    assert all(operation["tags"] and operation["description"] for operation in operations(document))


def test_every_answer_with_a_body_has_a_schema(document):
    for operation in operations(document):
        for status, answer in operation["responses"].items():
            if status not in ("204", "304"):
                schemas = [content["schema"] for content in answer["content"].values()]
                assert all(schemas), (operation["operationId"], status)


def test_refusals_are_documented_as_problem_documents(document):
    answers = document["paths"]["/v1/leases/{lease_id}"]["put"]["responses"]

    assert answers["409"]["description"] == "Problem types: lease-lost"
    assert "application/problem+json" in answers["409"]["content"]


def test_nothing_refers_to_a_schema_that_is_not_there(document):
    def references(node):
        if isinstance(node, dict):
            if "$ref" in node:
                yield node["$ref"]
            yield from chain.from_iterable(map(references, node.values()))
        elif isinstance(node, list):
            yield from chain.from_iterable(map(references, node))

    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) <= known


def test_no_refusal_is_documented_in_the_frameworks_own_format(document):
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_answer_to_too_much_or_too_often_is_documented_everywhere(document):
    for operation in operations(document):
        assert {"408", "413", "415", "429", "431", "503"} <= operation["responses"].keys()


def test_every_request_of_json_is_read_by_the_strict_parser(http):
    loose = [
        route.name
        for included in http.app.routes
        for route in getattr(getattr(included, "original_router", None), "routes", ())
        if getattr(route, "body_field", None) is not None and not isinstance(route, JsonRoute)
    ]

    assert loose == []
