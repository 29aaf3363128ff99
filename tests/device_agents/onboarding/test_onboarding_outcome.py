"""What is counted of a table after a device was onboarded."""

from dataclasses import replace

import pytest

from device_agents.onboarding.outcome import rows_by_kind, teachers, widths_of
from profiler.prediction import fit_predictor, predicted_entries
from profiler.transfer import transferred_entries


@pytest.fixture
def onboarded(fleet):
    """Return a table of which ten rows were measured and all others come from two devices."""
    sources = (fleet.table("first", 1.0), fleet.table("second", 2.0))
    measured = fleet.only(fleet.table("new", 4.0), *fleet.operations[:10])
    given = transferred_entries(measured, sources, fleet.operations)
    return replace(measured, entries=(*measured.entries, *given)), sources


def test_rows_are_counted_by_how_they_came_to_be(onboarded, fleet):
    table, _ = onboarded

    assert rows_by_kind(table.entries) == {
        "measured": 10,
        "transferred": len(fleet.operations) - 10,
    }


def test_the_widths_are_those_of_rows_that_nobody_measured(fleet):
    first, second, third = (fleet.entry(each, 1.0) for each in fleet.operations[:3])
    rows = (
        first,
        replace(second, latency_us=100.0, low_us=90.0, high_us=110.0, value_kind="transferred"),
        replace(third, latency_us=100.0, low_us=60.0, high_us=120.0, value_kind="predicted"),
    )

    widths = widths_of(rows)

    assert widths.worst == pytest.approx(0.3)
    assert widths.median == pytest.approx(0.2)


def test_a_table_that_was_measured_whole_has_no_widths_to_tell(fleet):
    assert widths_of(fleet.table("whole", 1.0).entries) is None


def test_the_tables_that_taught_are_named_without_their_versions(onboarded):
    table, sources = onboarded

    assert teachers(table) == tuple(sorted(source.name for source in sources))


def test_a_table_that_taught_itself_has_no_teachers(fleet):
    table = fleet.only(fleet.table("alone", 1.0), *fleet.operations[:-6])

    given = predicted_entries(fit_predictor(table), table.missing(fleet.operations[-6:-3]))

    assert teachers(replace(table, entries=(*table.entries, *given))) == ()
