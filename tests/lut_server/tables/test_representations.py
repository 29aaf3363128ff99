"""Tables as JSON, JSON Lines and Parquet, plain and compressed: the same table, tagged apart."""

import gzip
import json
import sys

import pytest
import zstandard

from lut_server.tables.negotiation import CODINGS, MEDIA
from profiler.errors import LutError
from profiler.formats import About, format_named
from profiler.table import Entry

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)

JSON, JSON_LINES, PARQUET = MEDIA
DECODED = {"zstd": zstandard.decompress, "gzip": gzip.decompress, None: bytes}


def get(http, table, accept=JSON, coding="identity", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    asked = {"accept": accept, "accept-encoding": coding, **headers}
    return http.get(f"/v1/tables/{table.name}", headers=asked)


def test_every_representation_is_the_same_table(http, client, table):
    expected = client.table(table.name)
    about = About(source="an answer")

    lines = format_named("jsonl").read(get(http, table, JSON_LINES).content, about)
    parquet = format_named("parquet").read(get(http, table, PARQUET).content, about)

    assert lines == parquet == (expected,)
    sent = json.loads(get(http, table).content)
    assert [entry["latency_us"] for entry in sent["entries"]] == [20.0, 10.0]


@pytest.mark.parametrize("accept", [JSON, JSON_LINES])
@pytest.mark.parametrize("coding", ["zstd", "gzip"])
def test_a_compressed_answer_says_so_and_unpacks_to_the_plain_one(http, table, accept, coding):
    plain = get(http, table, accept)
    with http.stream(
        "GET",
        f"/v1/tables/{table.name}",
        headers={"accept": accept, "accept-encoding": coding},
    ) as answer:
        sent = b"".join(answer.iter_raw())

    assert answer.headers["content-encoding"] == coding
    assert int(answer.headers["content-length"]) == len(sent) < len(plain.content)
    assert DECODED[coding](sent) == plain.content


def test_every_representation_has_a_tag_of_its_own(http, table):
    tags = [
        get(http, table, accept, coding).headers["etag"] for accept in MEDIA for coding in CODINGS
    ]

    assert len(set(tags)) == 7  # Parquet is compressed inside, so it has one coding
    assert {tag.startswith(f'"{table.version}') for tag in tags[:3]} == {True}


@pytest.mark.parametrize("accept", MEDIA)
@pytest.mark.parametrize("coding", CODINGS)
def test_whoever_has_a_representation_is_sent_none(http, table, accept, coding):
    tag = get(http, table, accept, coding).headers["etag"]

    for known in (tag, f"W/{tag.removeprefix('W/')}", f'"other", {tag}', "*"):
        again = get(http, table, accept, coding, if_none_match=known)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["vary"] == "accept, accept-encoding"
        assert "content-length" not in again.headers


def test_a_tag_of_another_media_type_is_not_what_was_asked_for(http, table):
    tag = get(http, table, JSON).headers["etag"]

    answer = get(http, table, JSON_LINES, if_none_match=tag)

    assert answer.status_code == 200


@pytest.mark.parametrize("times", [1, 2])
def test_a_head_request_is_answered_like_a_get_without_the_body(http, table, times):
    path = f"/v1/tables/{table.name}"
    headers = {"accept-encoding": "identity"}
    for _ in range(times):  # the first reaches the endpoint, the second is answered before it
        head = http.head(path, headers=headers)

    whole = http.get(path, headers=headers)
    assert head.content == b""
    assert {**head.headers, "x-request-id": ""} == {**whole.headers, "x-request-id": ""}


def test_what_nobody_can_make_is_not_acceptable(http, table):
    for _ in range(2):
        answer = get(http, table, "text/html")

        assert (answer.status_code, answer.json()["type"]) == (406, "not-acceptable")
        assert "application/x-ndjson" in answer.json()["detail"]


def test_a_server_without_pyarrow_says_that_it_cannot_send_parquet(http, table, monkeypatch):
    monkeypatch.delitem(sys.modules, "profiler.formats.parquet", raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    answer = get(http, table, PARQUET)

    assert (answer.status_code, answer.json()["type"]) == (406, "not-acceptable")
    assert "hna-nas[parquet]" in answer.json()["detail"]


def test_a_client_goes_through_the_entries_as_they_arrive(client, table):
    entries = tuple(client.table_entries(table.name))

    assert entries == client.table(table.name).entries
    assert isinstance(entries[0], Entry)


def test_entries_that_stop_before_the_end_are_an_error(http, client, table, monkeypatch):
    server = http.app.state.server
    shelved = server.shelf.current(table.name)
    whole = shelved._plain(JSON_LINES)
    monkeypatch.setattr(shelved, "_plain", lambda media: whole[: whole.rindex(b"\n", 0, -1) + 1])

    with pytest.raises(LutError, match="all but 1 of 2 entries"):
        list(client.table_entries(table.name))
