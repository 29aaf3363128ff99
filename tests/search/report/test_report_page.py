"""The report as a whole: one file, the verdict first, every doubt said."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest

from profiler.errors import RunInvalid
from search.report import write_report


@pytest.fixture
def write(tmp_path, table, certificate, network, history, detections):
    """Write the report of a result and return its text."""

    def write(result, **changes):
        parts = {
            "table": table,
            "certificate": certificate,
            "network": network,
            "history": history,
            "detections": detections,
        }
        path = write_report(tmp_path / "run" / "report.html", result=result, **parts | changes)
        return unescape(path.read_text(encoding="utf-8"))

    return write


def test_the_page_needs_no_other_file_and_no_network(write, result):
    page = write(result)

    sources = re.findall(r'(?:src|href)="([^"]*)"|url\(([^)]*)\)', page)
    assert all(first.startswith("data:image/png;base64,") for first, _ in sources)
    assert set(re.findall(r"https?://[^\s\"<]+", page)) == {"http://www.w3.org/2000/svg"}
    assert "<script" not in page


def test_the_verdict_comes_first_and_all_pictures_are_there(write, result):
    page = write(result)

    assert page.index("under its budget, with 5.0\u202f% to spare") < page.index("<svg")
    assert page.count("<svg") == 5
    assert page.count("data:image/png") == 1
    assert "the searched network: predicted" in page


def test_a_failed_search_is_not_praised(write, result):
    page = write(result | {"measured_us": 5000.0, "measured_interval_us": [4900.0, 5100.0]})

    assert "over its budget by 25.0\u202f%" in page
    assert "to spare" not in page


def test_real_numbers_of_real_images_carry_no_notice(write, result):
    assert 'class="notice"' not in write(result)


@pytest.mark.parametrize(
    ("change", "notice"),
    [
        ({"simulated": True}, "Simulated device"),
        ({"emulated": True}, "Emulated processor"),
        ({"metrics": {"data": "synthetic", "miou": 0.5}}, "Synthetic images"),
        ({"warnings": ["no certificate"]}, "No certificate"),
        ({"table": {"missing": 3}}, "lacks 3 of the operations"),
    ],
)
def test_what_weakens_the_result_is_said_before_the_verdict(write, result, change, notice):
    page = write(result | change)

    assert 0 < page.index(notice, page.index("<body>")) < page.index("<h1")


def test_a_simulated_table_is_said_even_if_the_result_forgot_it(write, result, table):
    assert "Simulated device" in write(result, table=replace(table, simulated=True))


def test_a_doubt_about_the_certificate_is_said_once_even_if_the_result_says_it_too(
    write, result, certificate, table
):
    few = replace(certificate, n_networks=12)
    doubt = "only 12 networks; 30 are asked for"
    said = next(each for each in few.doubts(table, datetime.now(UTC)) if doubt in each)

    page = write(result | {"warnings": [f"board: {said}"]}, certificate=few)

    assert page.lower().count(doubt) == 1


def test_the_table_shows_the_candidates_the_search_had(write, result):
    page = write(result, candidates=("3x3_SpaConv", "3x3_ResConv"))

    assert "Latencies of 2 candidates in each cell" in page


def test_a_network_that_was_not_measured_is_reported_as_such(write, result):
    page = write(result | {"measured_us": None, "measured_interval_us": None})

    assert "The searched network was not measured." in page
    assert "the searched network: predicted" not in page


def test_a_report_without_images_says_so(write, result):
    assert "No images were evaluated." in write(result, detections=[])


def test_names_from_outside_cannot_write_into_the_page(write, result, tmp_path):
    write(result | {"device": {"name": "<script>alert(1)</script>"}})

    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_result_without_a_budget_is_an_error_that_names_it(write, result):
    del result["budget_us"]

    with pytest.raises(RunInvalid, match="budget_us"):
        write(result)


def test_every_network_measured_near_the_target_is_listed(write, result):
    attempt = {
        "round": 2,
        "verdict": "over",
        "corrected_us": {"desk": 3950.0},
        "measured_us": {"desk": 4125.0},
    }

    page = write({**result, "meeting": {"attempts": [attempt]}})

    assert "1, round 2: over" in page
    assert "desk 4\u202f125 µs measured, 3\u202f950 expected" in page
