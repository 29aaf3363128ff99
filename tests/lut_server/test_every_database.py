"""What holds on every database: the contract of the store, checked on each."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, update

from lut_server.database import open_database
from lut_server.devices.repository import DeviceRepository
from lut_server.models import DeviceRow, EnvironmentRow, Row, TableRow
from lut_server.tables.repository import TableRepository
from profiler.errors import StoreFailed


@pytest.fixture
def database(place):
    with closing(open_database(place, 5.0)) as database:
        yield database


def device(fingerprint="f00d", **changes):
    fields = {"model": "m", "document": {}, "agent_version": "", "last_seen": ""}
    return DeviceRow(fingerprint=fingerprint, **(fields | changes))


def table(name="a-table"):
    return TableRow(
        name=name, device_model="m", environment={}, simulated=False, emulated=False, changes=0
    )


def changes_of(session):
    return TableRepository(session).changes("a-table")


@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
class TestEveryDatabase:
    """Holds on SQLite and on PostgreSQL."""

    def test_the_schema_is_that_of_the_rows(self, database):
        with database.reading() as session:
            context = MigrationContext.configure(session.connection())

            assert compare_metadata(context, Row.metadata) == []

    def test_every_row_may_be_left_to_the_defaults_the_code_gives_it(self, database):
        with database.reading() as session:
            inspector = inspect(session.connection())
            kept = {
                (table, column["name"])
                for table in inspector.get_table_names()
                for column in inspector.get_columns(table)
                if column["default"] is not None and not column.get("autoincrement")
            }

        declared = {
            (table.name, column.name)
            for table in Row.metadata.sorted_tables
            for column in table.columns
            if column.server_default is not None
        }
        assert {pair for pair in kept if pair != ("certificates", "id")} == declared

    def test_what_was_committed_is_there_for_the_next(self, database):
        with database.writing() as session:
            DeviceRepository(session).add(device())

        with database.reading() as session:
            assert DeviceRepository(session).find("f00d").health == "unknown"

    def test_a_transaction_that_fails_changes_nothing(self, database):
        with pytest.raises(ZeroDivisionError), database.writing() as session:
            DeviceRepository(session).add(device())
            raise ZeroDivisionError

        with database.reading() as session:
            assert DeviceRepository(session).find("f00d") is None

    def test_documents_and_texts_come_back_as_they_went(self, database):
        document = {"z": 0.1 + 0.2, "a": [1e-300, "µs, 中, \N{SNOWMAN}", None, True], "m": {}}
        with database.writing() as session:
            DeviceRepository(session).add(device(document=document, model="Ünïcode"))

        with database.reading() as session:
            row = DeviceRepository(session).find("f00d")

            assert (row.document, row.model) == (document, "Ünïcode")
            assert list(row.document) == ["z", "a", "m"]

    def test_what_refers_to_nothing_is_refused(self, database):
        with pytest.raises(StoreFailed, match=r"(?i)foreign key"), database.writing() as session:
            session.add(EnvironmentRow(fingerprint="none", digest="d", position=0, document={}))

    def test_a_reader_sees_one_state_and_waits_for_no_writer(self, database):
        with database.writing() as session:
            TableRepository(session).add(table())

        with database.reading() as reader:
            before = changes_of(reader)
            with database.writing() as writer:
                TableRepository(writer).count_change("a-table")
                during = changes_of(reader)
            after = changes_of(reader)

        assert (before, during, after) == (0, 0, 0)
        with database.reading() as session:
            assert changes_of(session) == 1

    def test_looking_before_writing_is_safe_however_many_servers_there_are(self, database, place):
        turns, servers = 10, 2
        with database.writing() as session:
            TableRepository(session).add(table())

        def count(other):
            for _ in range(turns):
                with other.writing() as session:
                    seen = changes_of(session)
                    change = update(TableRow).where(TableRow.name == "a-table")
                    session.execute(change.values(changes=seen + 1))

        with closing(open_database(place, 5.0)) as second, ThreadPoolExecutor(4) as pool:
            list(pool.map(count, [database, second] * servers))

        with database.reading() as session:
            assert changes_of(session) == turns * servers * 2

    def test_two_servers_that_find_nothing_at_once_insert_once(self, database, place):
        def register(other):
            with other.writing() as session:
                devices = DeviceRepository(session)
                new = devices.find("f00d") is None
                if new:
                    devices.add(device())
                return new

        with closing(open_database(place, 5.0)) as second, ThreadPoolExecutor(4) as pool:
            inserted = list(pool.map(register, [database, second] * 2))

        assert sorted(inserted) == [False, False, False, True]

    def test_a_writer_that_waits_too_long_says_so(self, place):
        with (
            closing(open_database(place, 0.05)) as database,
            database.writing(),
            pytest.raises(StoreFailed, match=r"did not do its work \(.*lock"),
            database.writing(),
        ):
            pass

    def test_opening_it_again_changes_nothing(self, database, place):
        with database.writing() as session:
            DeviceRepository(session).add(device())

        with closing(open_database(place, 5.0)) as again, again.reading() as session:
            assert session.scalars(select(DeviceRow.fingerprint)).all() == ["f00d"]
