"""The picture of a network: circles, arrows, skipped places."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from profiler.operations import Cell, Network
from profiler.pictures.architecture import FAMILIES, architecture_svg

SVG = "{http://www.w3.org/2000/svg}"


def test_every_cell_is_labelled_as_in_the_paper_and_coloured_by_family():
    picture = _parse(architecture_svg(_pair("7x7_ResConv", "3x3_GroupConv4")))

    labels = [text.text for text in picture.iter(SVG + "text") if "strong" in text.get("class", "")]
    assert labels == ["R7", "G4"]
    assert [c.get("fill") for c in _cells(picture)] == [FAMILIES["R"][1], FAMILIES["G"][1]]


def test_the_radius_grows_with_the_kernel():
    small, large = _cells(_parse(architecture_svg(_pair("3x3_SpaConv", "7x7_SpaConv"))))

    assert float(small.get("r")) < float(large.get("r"))


def test_a_depthwise_separable_cell_is_drawn_with_the_inverted_family():
    first, _ = _cells(_parse(architecture_svg(_pair("5x5_DepthSC", "3x3_MBConv2"))))

    assert first.get("fill") == FAMILIES["I"][1]


def test_a_narrow_cell_is_drawn_with_its_family_and_an_identity_as_the_smallest_of_its_own():
    narrow, identity = _cells(_parse(architecture_svg(_pair("3x3_ResConv_half", "Identity"))))

    assert narrow.get("fill") == FAMILIES["R"][1]
    assert identity.get("fill") == FAMILIES["P"][1]
    assert 0 < float(identity.get("r")) < float(narrow.get("r"))


def test_every_kept_input_is_one_arrow_and_says_how_often_it_is_read(network):
    picture = _parse(architecture_svg(network))

    arrows = [path.find(SVG + "title").text for path in picture.iter(SVG + "path")]
    assert len(arrows) == sum(len(set(cell.inputs)) for cell in network.cells)
    assert "0.0 to 1.0, as it is, 3 times" in arrows
    assert "0.1 to 0.2, max-pooled" in arrows
    assert "0.4 to 1.1, resized" in arrows


def test_places_without_a_cell_are_dashed_unless_they_are_not_wanted(network):
    with_them, without = architecture_svg(network), architecture_svg(network, skipped=False)

    assert _skipped(with_them) == ["cell 1.2: skipped", "cell 2.2: skipped", "cell 3.1: skipped"]
    assert _skipped(without) == []


def _pair(first: str, second: str) -> Network:
    cells = (
        Cell(iteration=0, level=0, inputs=(), candidate=first),
        Cell(iteration=1, level=0, inputs=((0, 0),), candidate=second),
    )
    return Network(height=32, width=32, channels=(8, 16), cells=cells)


def _parse(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def _cells(picture: ElementTree.Element) -> list[ElementTree.Element]:
    circles = picture.iter(SVG + "circle")
    return [c for c in circles if c.get("fill") and c.find(SVG + "title") is not None]


def _skipped(svg: str) -> list[str]:
    circles = [c for c in _parse(svg).iter(SVG + "circle") if c.get("class") == "skipped"]
    return [c.find(SVG + "title").text for c in circles if c.find(SVG + "title") is not None]
