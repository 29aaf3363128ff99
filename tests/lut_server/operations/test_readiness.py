"""``/healthz``, ``/readyz`` and ``/metrics`` when something is wrong with the store."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from lut_server.metrics import store


@pytest.fixture
def server(http):
    return http.app.state.server


@pytest.fixture
def damaged(server, place):
    """Put something else where the database was."""
    server.database.close()
    Path(place + "-wal").unlink(missing_ok=True)
    Path(place).write_bytes(b"no database " * 1000)


def test_a_server_that_can_read_its_store_is_ready(http):
    assert http.get("/readyz").status_code == 200


@pytest.mark.usefixtures("damaged")
def test_a_server_without_a_store_lives_but_is_not_ready(http):
    answer = http.get("/readyz")

    assert http.get("/healthz").status_code == 200
    assert (answer.status_code, answer.json()["type"]) == (503, "store-failed")


def test_a_server_whose_store_was_upgraded_by_a_newer_one_is_not_ready(http, place):
    with create_engine(f"sqlite:///{place}").begin() as newer:
        newer.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    answer = http.get("/readyz")

    assert answer.status_code == 503
    assert "schema version 9999" in answer.json()["detail"]


def test_a_server_that_is_leaving_lives_and_answers_but_is_not_ready(http, server):
    server.stopping.leave()

    answer = http.get("/readyz")

    assert http.get("/healthz").status_code == 200
    assert http.get("/v1/devices").status_code == 200
    assert (answer.status_code, answer.json()["type"]) == (503, "server-stopping")


def test_metrics_say_that_the_store_cannot_be_read_and_still_count_requests(
    http, server, request, monkeypatch
):
    monkeypatch.setattr(store, "KEPT_S", 0.0)
    http.get("/healthz")
    request.getfixturevalue("damaged")

    families = {family.name: family for family in server.registry.collect()}

    assert [sample.value for sample in families["hna_database_up"].samples] == [0]
    assert families["hna_http_requests"].samples
    assert "hna_jobs" not in families
