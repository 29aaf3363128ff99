"""Latencies over time, raw samples, and shares of a network as pictures."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from profiler.measurement import Round
from profiler.pictures.architecture import architecture_svg
from profiler.pictures.canvas import unstyled
from profiler.pictures.history import Moment, Series, history_svg
from profiler.pictures.shade import Shade
from profiler.pictures.strip import MOST_DOTS, strip_svg

SVG = "{http://www.w3.org/2000/svg}"


def moments(*values, **more):
    return [
        Moment(at=f"2026-11-{day:02d}T12:00:00Z", value_us=v, **more)
        for day, v in enumerate(values, 1)
    ]


def of_class(svg, style):
    return [
        e for e in ElementTree.fromstring(svg).iter() if style in (e.get("class") or "").split()
    ]


def test_every_moment_is_a_dot_in_the_order_of_time():
    svg = history_svg({"dense": Series(moments=moments(10.0, 12.0, 11.0))})

    dots = of_class(svg, "dot")
    across = [float(dot.get("cx")) for dot in dots]
    up = [float(dot.get("cy")) for dot in dots]
    assert across == sorted(across)
    assert up[1] < up[2] < up[0], "slower is higher"


def test_equal_times_apart_are_equally_far_apart():
    at = ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", "2026-11-04T00:00:00Z")
    svg = history_svg({"x": Series(moments=[Moment(at=each, value_us=1.0) for each in at])})

    first, second, third = (float(dot.get("cx")) for dot in of_class(svg, "dot"))
    assert third - second == pytest.approx(2 * (second - first), abs=0.1)


def test_what_is_usual_is_a_band_and_what_is_doubtful_is_marked():
    marked = moments(10.0, 20.0, doubtful=True)
    svg = history_svg({"call": Series(moments=marked, usual_us=(9.0, 11.0))})

    assert len(of_class(svg, "usual")) == 1
    assert len(of_class(svg, "bad")) == 2


def test_a_known_interval_is_a_whisker_and_an_unknown_one_is_none():
    known = moments(10.0, interval_us=(9.0, 12.0))

    assert len(of_class(history_svg({"x": Series(moments=known)}), "interval")) == 1
    assert of_class(history_svg({"x": Series(moments=moments(10.0))}), "interval") == []


def test_several_series_are_panels_and_empty_ones_are_left_out():
    series = Series(moments=moments(1.0))

    svg = history_svg({"call": series, "none": Series(moments=[]), "memory": series})

    titles = [e.text for e in of_class(svg, "strong")]
    assert titles == ["call, µs", "memory, µs"]


def test_no_moment_at_all_is_said():
    assert "nothing was measured yet" in history_svg({})


def test_every_sample_is_a_dot_and_disturbed_rounds_are_coloured():
    rounds = [Round(samples_us=(10.0, 11.0)), Round(samples_us=(15.0,), state="contended")]

    svg = strip_svg(rounds)

    assert len(of_class(svg, "dot")) == 2
    assert len(of_class(svg, "bad")) == 1
    assert "round 2, contended: about 15 µs" in svg


def test_of_very_many_samples_some_are_drawn_and_that_is_said():
    svg = strip_svg([Round(samples_us=tuple(float(v) for v in range(1, 5_001)))])

    assert len(of_class(svg, "dot")) <= MOST_DOTS
    assert "5000 samples" in svg
    assert "every 4th is drawn" in svg


def test_a_ring_says_how_much_of_the_latency_a_cell_is(network):
    places = [cell.place for cell in network.cells]
    shares = dict.fromkeys(places, 0.0) | {places[0]: 0.75, places[1]: 0.25}

    svg = architecture_svg(network, shares=shares)

    assert len(of_class(svg, "share")) == len(places)
    assert ">75.0\u202f%</text>" in svg
    assert "25.0\u202f% of the latency" in svg
    assert of_class(architecture_svg(network), "share") == []


def test_equal_ratios_are_equally_far_apart_in_a_tint():
    shade = Shade([1.0, 10.0, 100.0, 0.0])

    assert (shade(1.0), shade(10.0), shade(100.0)) == (0.0, pytest.approx(0.5), 1.0)
    assert shade(0.0) == 0.0


def test_a_picture_without_its_style_is_for_pages_that_hold_it():
    svg = history_svg({})

    assert "<style>" in svg
    assert "<style" not in unstyled(svg)
