"""What is sent to whoever accepts what."""

import pytest

from lut_server.tables.negotiation import JSON, JSON_LINES, PARQUET, choose


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("APPLICATION/X-NDJSON", JSON_LINES),
        ("application/json;q=0.5, application/vnd.apache.parquet", PARQUET),
        ("application/x-ndjson, */*;q=0.1", JSON_LINES),
        ("application/json;q=0, */*", JSON_LINES),
        ("application/json; charset=utf-8", JSON),
    ],
)
def test_the_media_type_liked_best_is_sent(accept, media):
    assert choose(accept, None).media == media


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "*/*;q=0", "json", ";q=1"])
def test_nothing_is_sent_to_whoever_accepts_nothing_of_ours(accept):
    assert choose(accept, None) is None


@pytest.mark.parametrize(
    ("accept_encoding", "coding"),
    [
        (None, "identity"),
        ("identity", "identity"),
        ("gzip, deflate, br", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("zstd;q=0.5, gzip", "gzip"),
        ("*", "zstd"),
        ("*, zstd;q=0", "gzip"),
        ("gzip;q=0", "identity"),
        ("gzip;q=0.5, identity", "identity"),
        ("gzip;q=much", "identity"),
        ("br", "identity"),
        ("identity;q=0", "identity"),
    ],
)
def test_the_coding_liked_best_is_sent(accept_encoding, coding):
    assert choose(None, accept_encoding).coding == coding


def test_parquet_is_not_compressed_again():
    assert choose(PARQUET, "gzip, zstd").coding == "identity"
