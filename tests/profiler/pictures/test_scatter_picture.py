"""Predicted against measured as a picture."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

from profiler.pictures.scatter import scatter_svg
from search.report.gauge import gauge_svg

SVG = "{http://www.w3.org/2000/svg}"


def test_every_network_is_a_dot_and_the_searched_one_is_named(certificate):
    picture = ElementTree.fromstring(scatter_svg(certificate, (9000.0, 9100.0)))

    assert len(list(picture.iter(SVG + "circle"))) == certificate.n_networks
    assert "searched network" in [text.text for text in picture.iter(SVG + "text")]


def test_without_a_measured_network_none_is_drawn(certificate):
    assert "searched network" not in scatter_svg(certificate)


def test_a_perfect_prediction_lies_on_the_line(certificate):
    exact = replace(certificate.points[0], predicted_us=certificate.points[0].measured_us)
    picture = ElementTree.fromstring(
        scatter_svg(replace(certificate, points=(exact, *certificate.points[1:])))
    )

    line = next(e for e in picture.iter(SVG + "line") if e.get("class") == "edge")
    x1, y1, x2, y2 = (float(line.get(name)) for name in ("x1", "y1", "x2", "y2"))
    dot = next(picture.iter(SVG + "circle"))
    share = (float(dot.get("cx")) - x1) / (x2 - x1)
    assert float(dot.get("cy")) == pytest.approx(y1 + share * (y2 - y1), abs=0.1)


def test_a_prediction_below_zero_is_drawn_at_the_edge(certificate):
    absurd = replace(certificate.points[0], predicted_us=-5.0)

    picture = scatter_svg(replace(certificate, points=(absurd, *certificate.points[1:])))

    assert "predicted -5 µs" in picture


@pytest.mark.parametrize("narrow", [(100.0, 100.0), (100.0, 101.0)])
def test_networks_of_nearly_one_latency_still_make_a_picture(certificate, narrow):
    points = tuple(
        replace(point, predicted_us=value, measured_us=value)
        for point, value in zip(certificate.points, narrow, strict=False)
    )

    picture = ElementTree.fromstring(scatter_svg(replace(certificate, points=points)))

    assert len(list(picture.iter(SVG + "circle"))) == 2


def test_the_gauge_ends_a_bar_at_the_budget_if_the_latency_is_the_budget():
    picture = ElementTree.fromstring(gauge_svg(100.0, 100.0, 50.0, (45.0, 55.0)))

    predicted, measured = picture.iter(SVG + "rect")
    budget = next(e for e in picture.iter(SVG + "line") if "warm" in e.get("style", ""))
    end = float(predicted.get("x")) + float(predicted.get("width"))
    assert end == pytest.approx(float(budget.get("x1")), abs=0.02)
    assert float(measured.get("width")) == pytest.approx(
        float(predicted.get("width")) / 2, abs=0.02
    )


def test_the_gauge_says_that_a_network_was_not_measured():
    assert "not measured" in gauge_svg(100.0, 90.0, None, None)
