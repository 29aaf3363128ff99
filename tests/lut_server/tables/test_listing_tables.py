"""The list of tables: filtered by environment, without computing what was computed before."""

from dataclasses import replace

import pytest

from lut_server.wire import Report, TableFilter

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def tables(client, registered, bench):
    """Three tables of one device model."""
    usual = bench.environment
    for environment in (
        usual,
        replace(usual, threads=2, options=("graph=all", "pinned=yes")),
        replace(usual, precision="fp16", power_mode="15w", provider="CUDA"),
    ):
        session = bench.session(bench.measured(bench.operation()), environment=environment)
        client.report(Report(session=session))
    return client.tables()


@pytest.mark.parametrize(
    ("wanted", "threads"),
    [
        ({}, [1, 1, 2]),
        ({"device_model": "bench-2-cores"}, [1, 1, 2]),
        ({"device_model": "another"}, []),
        ({"runtime": "onnxruntime", "threads": 1}, [1, 1]),
        ({"precision": "fp16", "threads": 1}, [1]),
        ({"provider": "CUDA"}, [1]),
        ({"power_mode": "15w"}, [1]),
        ({"option": ["graph=all"]}, [2]),
        ({"option": ["graph=all", "pinned=yes"]}, [2]),
        ({"option": ["graph=all", "pinned=no"]}, []),
    ],
)
def test_only_tables_that_agree_with_all_that_is_asked_are_listed(client, tables, wanted, threads):
    listed = client.tables(TableFilter(**wanted))

    assert sorted(view.environment.threads for view in listed) == threads


def test_an_unknown_filter_is_refused_not_ignored(http, tables):
    answer = http.get("/v1/tables?presicion=fp16")

    assert answer.status_code == 422
    assert "presicion" in answer.json()["detail"]


def test_listing_computes_no_table_that_was_computed_before(client, tables, monkeypatch):
    def refuse(*arguments):
        raise AssertionError("a table was computed again")

    monkeypatch.setattr("lut_server.tables.shelf.made_table", refuse)

    assert client.tables() == tables
