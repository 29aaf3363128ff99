"""Entries that were not measured here: given in bulk, one for each operation and value kind."""

from dataclasses import replace

import pytest

from lut_server.database import open_database
from lut_server.models import TableRow
from lut_server.tables.given import GivenEntries
from profiler.errors import HnaError, TableUnknown
from profiler.operations import ForeignOperation
from profiler.table import Entry

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)

TABLE = "board@x-1"


def entry(name, latency_us, kind="imported"):
    operation = ForeignOperation(format="mbv2", name=name)
    return Entry(operation=operation, latency_us=latency_us, value_kind=kind)


@pytest.fixture
def session(place):
    database = open_database(place, 5.0)
    with database.writing() as session:
        session.add(
            TableRow(
                name=TABLE,
                device_model="board",
                environment={},
                simulated=False,
                emulated=False,
                changes=0,
            )
        )
        session.flush()
        yield session
    database.close()


def test_given_entries_come_back_as_they_were_given(session):
    given = GivenEntries(session)
    entries = [entry(f"conv-{n}", float(n), kind="imported") for n in range(2_500)]

    stored = given.add(TABLE, entries, None)

    assert stored == 2_500
    assert set(given.of(TABLE, ["imported"])) == set(entries)


def test_an_entry_takes_the_place_of_an_earlier_one_of_its_operation(session):
    given = GivenEntries(session)
    given.add(TABLE, [entry("a", 1.0), entry("b", 2.0)], None)

    given.add(TABLE, [entry("a", 3.0), entry("a", 4.0)], None)

    latencies = {e.operation.name: e.latency_us for e in given.of(TABLE, ["imported"])}
    assert latencies == {"a": 4.0, "b": 2.0}


def test_a_prediction_leaves_an_import_where_it_is_and_counts_less(session):
    given = GivenEntries(session)
    given.add(TABLE, [entry("a", 1.0)], None)

    given.add(TABLE, [entry("a", 9.0, "predicted"), entry("b", 8.0, "predicted")], None)

    of_both = given.of(TABLE, ["predicted", "imported"])
    assert {e.latency_us for e in of_both} == {1.0, 8.0}
    assert {e.latency_us for e in given.of(TABLE, ["predicted"])} == {9.0, 8.0}


def test_giving_entries_is_a_change_of_the_table_and_giving_none_is_not(session):
    GivenEntries(session).add(TABLE, [], None)
    assert session.get(TableRow, TABLE).changes == 0

    GivenEntries(session).add(TABLE, [entry("a", 1.0)], None)

    session.expire_all()
    assert session.get(TableRow, TABLE).changes == 1


def test_a_measured_entry_cannot_be_given(session):
    measured = replace(entry("a", 1.0), value_kind="measured")

    with pytest.raises(HnaError, match="an entry that was measured cannot be given"):
        GivenEntries(session).add(TABLE, [measured], None)


def test_an_entry_without_a_finite_latency_cannot_be_given(session):
    with pytest.raises(HnaError, match="infinite or none"):
        GivenEntries(session).add(TABLE, [entry("a", float("inf"))], None)


def test_a_table_nobody_knows_cannot_be_given_entries(session):
    with pytest.raises(TableUnknown, match="there is no table 'nobody'"):
        GivenEntries(session).add("nobody", [entry("a", 1.0)], None)
