"""The latency table as a picture: numbers, doubts, gaps."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

from profiler.operations import DEFAULT_CANDIDATES, operation_key
from profiler.pictures.table_picture import table_svg

SVG = "{http://www.w3.org/2000/svg}"


def test_every_candidate_of_every_cell_is_a_square_and_the_chosen_ones_are_outlined(table, network):
    picture = ElementTree.fromstring(table_svg(table, network))

    squares = [r for r in picture.iter(SVG + "rect") if r.find(SVG + "title") is not None]
    outlines = [r for r in picture.iter(SVG + "rect") if r.get("class") == "chosen"]
    assert len(squares) == len(network.cells) * len(DEFAULT_CANDIDATES)
    assert len(outlines) == len(network.cells) + 1, "one for each cell and one in the legend"


def test_two_cells_placed_alike_show_the_same_row_twice(table, network):
    one, other = (cell for cell in network.cells if cell.place in ((2, 0), (3, 0)))
    shared = network.placed(one)

    keys = [text.split("\n")[0] for text in _tooltips(table_svg(table, network))]

    assert shared == network.placed(other, one.candidate)
    assert keys.count(operation_key(shared)) == 2


def test_an_operation_without_a_row_is_missing_and_not_zero(table, network):
    cell = network.cells[-1]
    gone = operation_key(network.placed(cell, "7x7_ResConv"))
    smaller = replace(table, entries=tuple(e for e in table.entries if e.key != gone))

    texts = _texts(table_svg(smaller, network))

    assert texts.count("missing") == 1


def test_missing_pooling_is_missing_and_not_none(table, network):
    gone = {operation_key(part) for part in network.pooling(network.cells[1])}
    assert gone
    smaller = replace(table, entries=tuple(e for e in table.entries if e.key not in gone))

    texts = _texts(table_svg(smaller, network))

    assert texts.count("missing") == 1


def test_a_wide_interval_and_a_warning_are_marked(table, network):
    keys = [operation_key(network.placed(cell)) for cell in network.cells[:2]]
    wide = replace(table.by_key[keys[0]], low_us=1.0)
    warned = replace(table.by_key[keys[1]], warnings=("contended",))
    rows = tuple({**table.by_key, wide.key: wide, warned.key: warned}.values())

    texts = _texts(table_svg(replace(table, entries=rows), network))

    marked = [text for text in texts if text.startswith("±") and text.endswith("!")]
    assert "±2.0% !" in marked
    assert len(marked) >= 2
    assert not any(text.endswith("!") for text in _texts(table_svg(table, network)))


def test_the_columns_are_the_candidates_asked_for(table, network):
    texts = _texts(table_svg(table, network, ("3x3_SpaConv", "3x3_ResConv")))

    assert texts.count("±2.0%") == 2 * len(network.cells)


def _texts(svg: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter(SVG + "text")]


def _tooltips(svg: str) -> list[str]:
    return [title.text or "" for title in ElementTree.fromstring(svg).iter(SVG + "title")]
