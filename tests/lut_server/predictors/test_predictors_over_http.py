"""What was learnt of a table: fitted once, kept as data, another one for another version."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import zstandard
from sqlalchemy import select
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.client import LutClient
from lut_server.models import PredictorRow
from lut_server.predictors import service
from profiler.errors import ServerRefused
from profiler.prediction import predicted_entries

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def fits(monkeypatch):
    """The versions that were fitted, as they are."""
    fitted = []
    fit = service.fit_predictor

    def counted(table):
        fitted.append(table.version)
        return fit(table)

    monkeypatch.setattr(service, "fit_predictor", counted)
    return fitted


def kept(http):
    with http.app.state.server.database.reading() as session:
        return {row.version: row.body for row in session.scalars(select(PredictorRow))}


def test_a_predictor_is_of_the_version_of_its_table(client, table):
    predictor = client.predictor(table.name)

    assert (predictor.table, predictor.table_version) == (table.name, table.version)


def test_whoever_has_a_predictor_can_ask_it_without_the_server(client, table, bench):
    wanted = [bench.operation(100)]

    here = predicted_entries(client.predictor(table.name), wanted)

    assert here == client.entries(table.name, operations=wanted, allow=["predicted"]).entries


def test_it_is_kept_as_json_and_no_code(client, http, table):
    client.predictor(table.name)

    (body,) = kept(http).values()

    assert json.loads(zstandard.decompress(body))["table"] == table.name


def test_it_is_fitted_once_for_all_who_ask_at_the_same_time(client, http, table, fits):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: client.predictor(table.name), range(8)))

    assert len(set(found)) == 1
    assert fits == [table.version]


def test_a_server_that_is_started_anew_does_not_fit_again(client, table, settings, clock, fits):
    before = client.predictor(table.name)

    with TestClient(create_app(settings, clock)) as http:
        after = LutClient(http=http).predictor(table.name)

    assert after == before
    assert fits == [table.version]


def test_it_is_fitted_again_when_the_table_has_changed(client, table, measure, fits):
    client.predictor(table.name)
    later = measure(4, 12)

    assert client.predictor(table.name).table_version == later.version
    assert fits == [table.version, later.version]


def test_that_of_an_older_version_can_be_read_again(client, table, measure):
    before = client.predictor(table.name)
    measure(4, 12)

    assert client.predictor(table.name, version=table.version) == before


def test_an_older_version_that_nobody_asked_it_for_is_fitted_then(client, table, measure):
    client.table(table.name)
    measure(4, 12)

    assert client.predictor(table.name, table.version).table_version == table.version


def test_a_version_that_never_was_has_none(client, table):
    with pytest.raises(ServerRefused, match="never handed out") as refusal:
        client.predictor(table.name, "0123456789abcdef")

    assert refusal.value.status == 404


def test_nobody_is_sent_what_he_has_already(http, table):
    address = f"/v1/tables/{table.name}/predictor"
    first = http.get(address)

    again = http.get(address, headers={"if-none-match": first.headers["etag"]})

    assert first.headers["etag"] == f'"{table.version}"'
    assert (again.status_code, again.content) == (304, b"")


def test_too_few_rows_are_a_reason_and_no_predictor(client, measure):
    table = measure(8)

    with pytest.raises(ServerRefused, match="rows") as refusal:
        client.predictor(table.name)

    assert refusal.value.status == 409


def test_an_unknown_table_has_none(client, registered):
    with pytest.raises(ServerRefused) as refusal:
        client.predictor("nobody")

    assert refusal.value.status == 404


def test_one_that_can_no_longer_be_read_is_fitted_again(client, http, table, settings, clock, fits):
    client.predictor(table.name)
    with http.app.state.server.database.writing() as session:
        row = session.scalars(select(PredictorRow)).one()
        row.body = zstandard.compress(b'{"format": 0}')

    with TestClient(create_app(settings, clock)) as other:
        assert LutClient(http=other).predictor(table.name).table_version == table.version

    assert fits == [table.version] * 2
