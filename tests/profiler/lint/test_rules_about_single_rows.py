"""Values, intervals, samples and versions of single rows."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from profiler.certificates import certify
from profiler.device import Environment
from profiler.errors import HnaError
from profiler.lint import Peak, fails, lint
from profiler.operations import Head, Identity, MaxPool, ResidualConv, operation_key
from profiler.table import Entry, Origin

HEAD = Head(channels=8, height=16, width=16)
POOL = MaxPool(channels=8, height=16, width=16)
CONV = ResidualConv(channels_in=64, channels_out=64, height=64, width=64)


def row(operation=HEAD, latency_us=100.0, **fields):
    ends = {"low_us": latency_us - 1, "high_us": latency_us + 1, "samples": 30}
    return Entry(operation=operation, latency_us=latency_us, **(ends | fields))


def test_a_good_row_raises_nothing(make):
    assert lint(make.of(row())) == ()


@pytest.mark.parametrize("latency_us", [0.0, -3.0, float("nan"), float("inf")])
def test_a_latency_that_is_none_is_an_error(make, found, latency_us):
    table = make.of(row(latency_us=latency_us, low_us=None, high_us=None), row(POOL))

    (finding,) = found(table, "non-positive")

    assert finding.severity == "error"
    assert finding.keys == (operation_key(HEAD),)


def test_a_row_lost_beside_its_border_is_noted_only(make, found):
    table = make.of(row(latency_us=0.0, low_us=0.0, high_us=0.0, border_us=50.0))

    (finding,) = found(table, "non-positive")

    assert finding.severity == "note"


def test_an_identity_that_passes_its_input_on_may_be_free(make, found):
    free = Identity(channels_in=8, channels_out=8, height=16, width=16)
    table = make.of(row(free, 0.0, low_us=0.0, high_us=0.0))

    assert found(table, "non-positive") == []


@pytest.mark.parametrize("ends", [(101.0, 110.0), (80.0, 99.0), (110.0, 90.0)])
def test_an_interval_without_its_value_is_an_error(make, found, ends):
    (finding,) = found(make.of(row(low_us=ends[0], high_us=ends[1])), "interval-off")

    assert finding.severity == "error"


@pytest.mark.parametrize(("half_us", "severity"), [(20.0, "note"), (80.0, "warning")])
def test_a_wide_interval_is_told(make, found, half_us, severity):
    table = make.of(row(low_us=100 - half_us, high_us=100 + half_us))

    assert [finding.severity for finding in found(table, "interval-wide")] == [severity]


def test_an_unknown_interval_is_a_note(make, found):
    (finding,) = found(make.of(make.foreign("a", 3.0)), "interval-unknown")

    assert finding.severity == "note"


@pytest.mark.parametrize(
    ("samples", "severities"), [(None, []), (1, ["warning"]), (4, ["note"]), (5, [])]
)
def test_rows_of_one_sample_are_warned_of(make, found, samples, severities):
    table = make.of(row(samples=samples))

    assert [finding.severity for finding in found(table, "one-sample")] == severities


def test_suspect_rows_are_warned_of(make, found):
    (finding,) = found(make.of(row(value_kind="suspect"), row(POOL)), "suspect")

    assert finding.keys == (operation_key(HEAD),)


def test_a_row_above_the_stated_peak_is_an_error(make, found):
    # two 3 x 3 convolutions of 64 to 64 channels at 64 x 64: 302 M MACs, a quarter is sure
    table = make.of(row(CONV, 10_000.0))

    assert found(table, "impossible-rate", peak=Peak(macs_per_s=8e9)) == []
    (finding,) = found(table, "impossible-rate", peak=Peak(macs_per_s=7e9))
    assert finding.severity == "error"


@pytest.mark.parametrize("macs_per_s", [0.0, -1.0, float("nan"), float("inf")])
def test_a_peak_that_is_none_is_refused(macs_per_s):
    with pytest.raises(HnaError, match="is none"):
        Peak(macs_per_s=macs_per_s)


def test_a_table_of_an_older_runtime_is_stale(make, found):
    table = make.of(row())

    assert found(table, "stale-runtime", runtime_version="1.2.0") == []
    assert len(found(table, "stale-runtime", runtime_version="1.10.0")) == 1


def test_rows_made_with_an_older_tool_than_others_are_stale(make, found):
    def origin(version):
        text = f'{{"cells": 1, "tool_versions": "{{\\"tflite\\": \\"{version}\\"}}"}}'
        return Origin(format="aihub", source="a.csv", sha256="0", row=text)

    old, new = (
        make.foreign(name, 9.0, origin=origin(text)) for name, text in (("a", "2.9"), ("b", "2.17"))
    )

    (finding,) = found(make.of(old, new), "stale-rows")

    assert finding.keys == (old.key,)


def test_what_makes_a_certificate_doubtful_is_told(table, found):
    certificate = replace(certify(table), created_at="2020-01-01T00:00:00+00:00")

    findings = found(table, "certificate", certificate=certificate, now=datetime.now(UTC))

    assert findings


def test_the_worst_comes_first_and_decides_whether_a_lint_fails(make):
    findings = lint(make.of(row(samples=4), row(POOL, -1.0, low_us=None, high_us=None)))

    assert [finding.severity for finding in findings] == ["error", "note", "note"]
    assert fails(findings, "warning")
    assert not fails(findings[1:], "warning")


def test_a_central_processor_with_a_thousandfold_rate_has_another_unit(make, found):
    table = make.of(row(CONV, 10.0))  # 7.5 M MACs/us are 7.5e12 MACs/s on one core

    (finding,) = found(table, "unit")

    assert finding.severity == "error"


def test_an_accelerator_may_be_a_thousand_times_faster(make, found):
    gpu = Environment(runtime="tensorrt", runtime_version="10", provider="tensorrt")

    assert found(make.of(row(CONV, 10.0), environment=gpu), "unit") == []
