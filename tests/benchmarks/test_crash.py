"""A few of the kills that ``python -m benchmarks.crash`` does a hundred of, on each database."""

from importlib import import_module

import pytest

from lut_server.database import open_database


@pytest.fixture
def crash(root):
    return import_module("benchmarks.crash")


@pytest.fixture
def serving(root):
    return import_module("benchmarks.serving")


def wrong(figures):
    counts = ("unsound", "lost", "doubled", "torn")
    return {f.name: f.figure for f in figures if f.name.startswith(counts)}


def acknowledged(figures):
    (figure,) = (f.figure for f in figures if f.name.startswith("acknowledged"))
    return figure


def test_a_server_killed_under_load_loses_nothing_it_acknowledged(crash, tmp_path):
    figures = crash.killed("sqlite", str(tmp_path / "lut.db"), tmp_path, kills=5)

    assert set(wrong(figures).values()) == {0}
    assert acknowledged(figures) > 0


def test_nor_does_one_whose_postgresql_stops_at_once_with_it(crash, serving, tmp_path):
    if serving.postgres_binaries() is None:
        pytest.skip("no PostgreSQL server is installed")
    with serving.own_postgres() as postgres:
        place = postgres.new_database()
        figures = crash.killed("postgresql", place, tmp_path, kills=2, postgres=postgres)

    assert set(wrong(figures).values()) == {0}
    assert acknowledged(figures) > 0


def test_a_measurement_that_is_gone_is_counted_as_lost(crash, tmp_path):
    """The benchmark would see what it looks for."""
    place = str(tmp_path / "lut.db")
    open_database(place, 5.0).close()
    found = crash.Found()

    crash.look(place, crash.Sent(acknowledged={"never-stored": 1.0}), found)

    assert found == crash.Found(lost=1)
