"""Curves of the phases as small panels."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from profiler.pictures.axes import Scale
from search.report.curves import curves_svg

SVG = "{http://www.w3.org/2000/svg}"


def test_every_number_of_every_phase_is_one_curve_with_its_unit(history):
    picture = ElementTree.fromstring(curves_svg(history))

    texts = [text.text for text in picture.iter(SVG + "text")]
    assert len(list(picture.iter(SVG + "polyline"))) == 7
    assert {"stage1", "stage2", "train", "expected, µs", "val loss"} <= set(texts)


def test_a_number_that_is_not_finite_leaves_a_gap():
    losses = [3.0, 2.0, float("nan"), 1.0, 0.5]

    picture = ElementTree.fromstring(curves_svg({"train": [{"loss": loss} for loss in losses]}))

    assert len(list(picture.iter(SVG + "polyline"))) == 2


def test_one_epoch_is_a_dot_and_no_epoch_at_all_still_a_picture():
    one = ElementTree.fromstring(curves_svg({"train": [{"epoch": 1, "loss": 0.5}]}))
    none = ElementTree.fromstring(curves_svg({}))

    assert len(list(one.iter(SVG + "circle"))) == 1
    assert list(none.iter(SVG + "text")) == []


def test_a_phase_whose_numbers_are_never_finite_says_so():
    assert "no finite value" in curves_svg({"train": [{"loss": float("nan")}]})


def test_a_scale_maps_its_ends_and_its_ticks_are_round():
    scale = Scale(low=0, high=10, start=100, end=0)

    assert (scale(0), scale(10), scale(5)) == (100, 0, 50)
    assert scale.ticks(4) == [0, 2.5, 5.0, 7.5, 10.0]


def test_a_logarithmic_scale_puts_equal_ratios_equally_far_apart():
    scale = Scale(low=1, high=100, start=0, end=200, logarithmic=True)

    assert round(scale(10), 6) == 100
    assert [round(tick, 6) for tick in scale.ticks()] == [1, 2, 5, 10, 20, 50, 100]
