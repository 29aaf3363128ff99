"""Databases of older versions are upgraded in place; of newer ones, refused."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.client import LutClient
from lut_server.database import open_database
from lut_server.models import Row
from lut_server.settings import Settings
from lut_server.wire import Report
from profiler.errors import StoreInvalid

VERSION_1 = Path(__file__).with_name("version_1.sql")
"""A dump of a database that the first release wrote: a job done, one leased, one failed."""


@pytest.fixture
def version_1(tmp_path):
    path = tmp_path / "version_1.db"
    execute(path, VERSION_1.read_text())
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def no_tables_yet(request, tmp_path):
    """Return where a store could be."""
    if request.param == "sqlite":
        return tmp_path / "lut.db"
    return request.getfixturevalue("postgres").new_database()


def execute(path, script):
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def tables_of(path):
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT name FROM sqlite_master WHERE type = 'table'"
        return {name for (name,) in connection.execute(query)}


def test_what_version_1_stored_is_served_as_before(version_1, bench, clock):
    with TestClient(create_app(Settings(database=version_1), clock)) as http:
        client = LutClient(http=http)
        (device,) = client.devices()
        (table,) = client.tables()
        campaigns = {view.name: view.jobs for view in client.campaigns()}
        entry = client.table(table.name).by_key

    assert device.device == bench.device
    assert campaigns == {
        "the first campaign": {"done": 1},
        "under way": {"leased": 1},
        "could not be": {"failed": 1},
    }
    assert sorted(e.latency_us for e in entry.values()) == [10.0, 20.0]


def test_work_goes_on_where_version_1_left_it(version_1, bench, clock):
    with TestClient(create_app(Settings(database=version_1), clock)) as http:
        client = LutClient(http=http)
        clock.move(seconds=200)
        lease = client.lease(bench.lease_request())
        session = bench.session(dict.fromkeys(lease.operations, 30.0))

        receipt = client.report(Report(job_id=lease.job_id, lease_id=lease.id, session=session))

        assert receipt.stored == len(lease.operations) == 2
        assert client.campaign(lease.campaign_id).name == "under way"


def test_an_upgraded_database_has_the_schema_of_a_new_one(version_1):
    with closing(open_database(version_1, 1.0)) as database, database.reading() as session:
        context = MigrationContext.configure(session.connection())

        assert compare_metadata(context, Row.metadata) == []

    assert "alembic_version" in tables_of(version_1)
    assert "schema_version" not in tables_of(version_1)


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(version_1):
    execute(version_1, "CREATE TABLE tokens (of_somebody_else TEXT)")
    before = tables_of(version_1)

    with pytest.raises(StoreInvalid, match="table tokens already exists"):
        open_database(version_1, 1.0)

    assert tables_of(version_1) == before
    with closing(sqlite3.connect(version_1)) as connection:
        columns = [column[1] for column in connection.execute("PRAGMA table_info(devices)")]
    assert "health" not in columns


def test_a_newer_version_is_refused_with_both_versions(no_tables_yet):
    with closing(open_database(no_tables_yet, 1.0)) as database, database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0099'"))

    with pytest.raises(StoreInvalid, match=r"version 0099, this hna-nas knows version 000\d; "):
        open_database(no_tables_yet, 1.0)


def test_a_version_between_the_first_and_alembic_is_refused_too(version_1):
    execute(version_1, "UPDATE schema_version SET version = 99")

    with pytest.raises(StoreInvalid, match="version 0099"):
        open_database(version_1, 1.0)


def test_an_alembic_database_of_another_program_is_left_alone(tmp_path):
    path = tmp_path / "other.db"
    execute(path, "CREATE TABLE alembic_version (version_num TEXT); CREATE TABLE songs (t TEXT)")

    with pytest.raises(StoreInvalid, match="another program's database"):
        open_database(path, 1.0)

    assert tables_of(path) == {"alembic_version", "songs"}


def test_servers_that_start_at_once_on_an_empty_database_make_it_once(no_tables_yet):
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: open_database(no_tables_yet, 20.0), range(4)))

    with opened[0].reading() as session:
        versions = session.scalars(text("SELECT version_num FROM alembic_version")).all()
    assert len(versions) == 1
    for database in opened:
        database.close()
