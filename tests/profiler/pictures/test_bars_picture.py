"""A table at one glance: as a notebook shows it."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html import escape

from profiler.operations import ForeignOperation
from profiler.pictures.bars import SHOWN, bars_svg
from profiler.table import Entry

SVG = "{http://www.w3.org/2000/svg}"


def test_a_notebook_shows_what_a_table_is_and_its_slowest_operations(table):
    shown = table._repr_html_()

    slowest = max(table.entries, key=lambda entry: entry.latency_us)
    assert table.name in shown
    assert f"{len(table.entries)} measured" in shown
    assert escape(slowest.key) in shown
    assert shown.count("<rect") == SHOWN


def test_a_bar_is_as_long_as_its_operation_takes():
    entries = [entry(name, us) for name, us in (("slow", 40.0), ("fast", 10.0))]

    bars = list(ElementTree.fromstring(bars_svg(entries)).iter(SVG + "rect"))

    slow, fast = (float(bar.get("width")) for bar in bars)
    assert slow == 4 * fast


def test_names_from_elsewhere_are_escaped_and_unknown_intervals_said():
    picture = bars_svg([entry("<script>alert(1)</script>", 5.0)])

    assert "<script>" not in picture
    assert "90 % interval unknown" in picture
    assert "unknown samples" in picture


def test_a_table_without_entries_says_so(table):
    assert "no entries" in replace(table, entries=())._repr_html_()


def test_a_row_below_its_border_draws_no_negative_bar():
    (bar,) = ElementTree.fromstring(bars_svg([entry("odd", -3.0)])).iter(SVG + "rect")

    assert float(bar.get("width")) > 0


def entry(name: str, latency_us: float) -> Entry:
    operation = ForeignOperation(format="made-up", name=name)
    return Entry(operation=operation, latency_us=latency_us, value_kind="imported")
