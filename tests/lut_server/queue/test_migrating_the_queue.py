"""A queue that version 2 left, with work in every state, goes on in this version."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, create_engine
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.client import LutClient
from lut_server.database import open_database
from lut_server.engines.place import place_of
from lut_server.migrations.versions import v0001_the_first, v0002_health_and_tokens
from lut_server.models import Row
from lut_server.settings import Settings

VERSION_2 = Path(__file__).parents[1] / "version_2.json"
"""What version 2 wrote: jobs done, failed, leased, queued, and queued for later, disturbed."""


@pytest.fixture(params=["sqlite", "postgresql"])
def version_2(request, tmp_path):
    """Return a database as version 2 left it."""
    address = str(tmp_path / "lut.db")
    if request.param == "postgresql":
        address = request.getfixturevalue("postgres").new_database()
    engine = create_engine(place_of(address).url)
    with engine.begin() as connection:
        op = Operations(MigrationContext.configure(connection))
        v0001_the_first.upgrade(op)
        v0002_health_and_tokens.upgrade(op)
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        schema = MetaData()
        schema.reflect(connection)
        rows = json.loads(VERSION_2.read_text())
        for table in schema.sorted_tables:
            if rows.get(table.name):
                connection.execute(table.insert(), rows[table.name])
    engine.dispose()
    return address


@pytest.fixture
def client(version_2, clock):
    with TestClient(create_app(Settings(database=version_2, lease_seconds=60.0), clock)) as http:
        yield LutClient(http=http)


def test_every_campaign_has_one_target_and_its_device(client, bench):
    views = client.campaigns()

    assert {view.name: (view.state, view.jobs) for view in views} == {
        "waiting": ("running", {"queued": 2}),
        "under way": ("running", {"leased": 1}),
        "disturbed": ("running", {"queued": 1}),
        "could not be": ("finished", {"failed": 1}),
        "done": ("finished", {"done": 1}),
    }
    (table,) = {target.table for view in views for target in view.targets}
    assert client.table(table).device_model == bench.device.model
    assert {target.devices for view in views for target in view.targets} == {("f00d",)}
    assert {view.priority for view in views} == {0}


def test_what_was_leased_and_what_was_queued_is_worked_on_in_the_same_order(client, bench, clock):
    clock.move(seconds=10)
    names = {view.id: view.name for view in client.campaigns()}

    at_once = [names[client.lease(bench.lease_request()).campaign_id] for _ in range(2)]
    nothing = client.lease(bench.lease_request())
    clock.move(seconds=60)  # a lease of version 2 was longer; none is, once somebody asks here
    later = [names[client.lease(bench.lease_request()).campaign_id] for _ in range(2)]

    assert at_once == ["waiting", "waiting"]
    assert nothing is None
    assert sorted(later) == ["disturbed", "under way"]


def test_the_device_that_held_a_job_still_holds_it(client, bench):
    under_way = next(view.id for view in client.campaigns("running") if view.name == "under way")

    view = client.device(bench.device.fingerprint)

    assert (view.state, view.campaign_id) == ("leased", under_way)


def test_the_upgraded_schema_is_that_of_a_new_one(version_2):
    with closing(open_database(version_2, 1.0)) as database, database.reading() as session:
        context = MigrationContext.configure(session.connection())

        assert compare_metadata(context, Row.metadata) == []
