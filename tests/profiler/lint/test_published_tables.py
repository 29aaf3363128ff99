"""Every known defect of the tables other projects published is found; sound ones stay quiet."""

import numpy as np
import pytest

from profiler.lint import lint
from profiler.lint.finding import Known
from profiler.lint.interpolation import interpolated
from profiler.lint.rows import rows_of
from profiler.lint.values import non_positive

CHOICES = {"help_fbnet.npz": 800, "help_nasbench201.npz": 400}
"""Networks read of each file: enough to tell a sum from a measurement, and quick."""


def of_rule(findings, rule):
    return [finding for finding in findings if finding.rule == rule]


def named(keys, text):
    return any(text in key for key in keys)


@pytest.fixture(scope="module")
def tfnas(published):
    """Return the rows of both tables; 73,000 take a while to read."""
    return [rows_of(table) for table in published("tfnas_op_lut.json.gz")]


def test_tfnas_has_172_rows_that_cost_nothing_and_89_per_cent_interpolated(tfnas):
    rows = tfnas

    lost = [len(finding.keys) for each in rows for finding in non_positive(each, Known())]
    drawn = [len(finding.keys) for each in rows for finding in interpolated(each, Known())]

    assert sum(lost) == 172
    assert sum(drawn) / sum(len(each.rows) for each in rows) == pytest.approx(0.89, abs=0.005)


def test_proxylessnas_has_one_copied_row(published):
    (table,) = published("proxyless_mobile_trim.yaml")

    (finding,) = [f for f in lint(table) if f.severity != "note"]

    assert finding.rule == "copied"
    assert named(finding.keys, "output:1000")
    assert named(finding.keys, "output:21")


def test_fasterseg_has_larger_operations_that_cost_less(published):
    (table,) = published("fasterseg_trt_op_lut.json")

    findings = [f for f in lint(table) if f.severity != "note"]

    assert {finding.rule for finding in findings} == {"monotonicity"}
    assert named(findings[0].keys, "FactorizedReduce_H32_W64_Cin256_Cout384_stride1")


@pytest.mark.parametrize("name", ["proxyless_mobile_trim.yaml", "fasterseg_trt_op_lut.json"])
def test_a_published_table_read_in_the_wrong_unit_is_suspected(published, name):
    (table,) = published(name, unit="us")

    assert len(of_rule(lint(table), "unit")) == 1


def test_nothing_is_wrong_with_the_numbers_of_ai_hub(published):
    tables = published("aihub_models_perf_v0.47.csv.gz", device_model=None, runtime=None)

    flagged = {f.rule for table in tables for f in lint(table) if f.severity != "note"}

    assert flagged <= {"stale-rows"}


@pytest.mark.parametrize(
    ("name", "device", "rules"),
    [
        *(("help_fbnet.npz", d, {"exact-sums"}) for d in ("pixel3", "raspi4", "eyeriss", "fpga")),
        *(("help_fbnet.npz", d, {"coarse-timer"}) for d in ("pixel2", "samsung_s7")),
        *(("help_fbnet.npz", d, set()) for d in ("1080ti_1", "gold_6226", "titan_rtx_64")),
        ("help_nasbench201.npz", "pixel2", {"coarse-timer"}),
        ("help_nasbench201.npz", "eyeriss", {"exact-sums", "copied"}),
        ("help_nasbench201.npz", "raspi4", set()),
    ],
)
def test_tables_of_networks_betray_their_timer_and_their_sums(data, make, name, device, rules):
    published = np.load(data / "lut" / name)
    latencies_us = published["latency_ms"][list(published["devices"]).index(device)] * 1e3
    rows = [
        make.foreign("|".join(map(str, choices)), float(latency_us), "help")
        for choices, latency_us in zip(published["arch"], latencies_us, strict=True)
    ][: CHOICES[name]]

    findings = lint(make.of(*rows), attributes=by_place)

    assert {f.rule for f in findings if f.severity != "note"} == rules


def by_place(operation):
    """Read a name that is one choice for each place."""
    return {f"place{i:02}": choice for i, choice in enumerate(operation.name.split("|"))}
