"""What a person reads after a device was onboarded."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from device_agents.onboarding.networks import NetworkErrors
from device_agents.onboarding.outcome import Outcome, Widths
from device_agents.onboarding.showing import agent_command, outcome_json, outcome_lines
from device_agents.options import AgentOptions

ONWARDS = "hna agent --server http://lut.example"


@pytest.fixture
def outcome():
    return Outcome(
        device="board",
        fingerprint="f" * 64,
        environment="onnxruntime 1.22.1 cpu fp32",
        campaign_id="onboard-1",
        stage="rest",
        before=False,
        took_s=192.4,
        table="board@onnxruntime-0",
        version="0123456789abcdef",
        rows={"measured": 14, "transferred": 100},
        gaps=0,
        taught_by=("one@onnxruntime-1", "two@onnxruntime-2"),
        widths=Widths(median=0.031, worst=0.14),
        target_error=None,
        worst_error=0.071,
        networks=NetworkErrors(networks=6, median=0.029, worst=0.075, bias=-0.02),
        waiting_for=None,
        notes=(),
    )


def text(outcome):
    return "\n".join(outcome_lines(outcome, ONWARDS))


def test_it_says_how_long_it_took_what_the_table_holds_and_who_taught_it(outcome):
    said = text(outcome)

    assert "onboarded in 3 min 12 s: board (ffffffffffffffff), onnxruntime 1.22.1 cpu fp32" in said
    assert "114 rows, 14 measured, 100 transferred" in said
    assert "taught by one@onnxruntime-1, two@onnxruntime-2" in said


def test_it_says_how_wide_the_intervals_are_and_how_far_networks_were_off(outcome):
    said = text(outcome)

    assert "3.1% of the latency (median), 14.0% (worst)" in said
    assert "6 networks were measured whole" in said
    assert "off by 2.9% (median, -2.0% on the whole), 7.5% (worst)" in said


def test_it_says_what_to_type_next(outcome):
    assert text(outcome).endswith(f"rows turn measured while this runs: {ONWARDS}")


def test_with_a_target_it_says_until_when(outcome):
    assert text(replace(outcome, target_error=0.05)).endswith(
        f"until the rest is within 5.0% (7.1% now), rows turn measured while this runs: {ONWARDS}"
    )


def test_a_table_that_is_finished_leaves_nothing_to_type_but_to_look(outcome):
    said = text(replace(outcome, stage="finished"))

    assert said.endswith("see the table with: hna table show board@onnxruntime-0")
    assert ONWARDS not in said


def test_a_second_run_says_that_it_was_onboarded_before(outcome):
    assert text(replace(outcome, before=True)).startswith("onboarded already: board")


def test_where_nobody_could_teach_that_is_said_and_what_happened_instead(outcome):
    said = text(replace(outcome, taught_by=(), rows={"measured": 14, "predicted": 100}))

    assert "no other device could teach it" in said
    assert "predicted from its own" in said


def test_where_everything_is_measured_by_now_nothing_is_said_of_teachers(outcome):
    said = text(replace(outcome, taught_by=(), rows={"measured": 114}, widths=None))

    assert "teach" not in said
    assert "taught" not in said


def test_where_no_network_was_measured_nothing_vouches_for_sums_and_that_is_said(outcome):
    assert "nothing says how good sums of rows are" in text(replace(outcome, networks=None))


def test_what_stopped_before_the_handful_was_measured_is_not_called_onboarded(outcome):
    stopped = replace(
        outcome,
        stage="handful",
        version=None,
        rows={},
        taught_by=(),
        widths=None,
        networks=None,
        waiting_for="the device is suspect",
    )

    said = text(stopped)

    assert said.startswith("not onboarded yet: board")
    assert "waiting: the device is suspect" in said
    assert "run the same command again to go on" in said
    assert "taught" not in said


def test_everything_is_in_the_json_too(outcome):
    document = json.loads(outcome_json(outcome))

    assert document["onboarded"] is True
    assert document["rows"] == {"measured": 14, "transferred": 100}
    assert document["widths"]["median"] == 0.031
    assert document["networks"]["worst"] == 0.075


def test_the_command_that_goes_on_is_of_the_same_table_and_can_be_pasted():
    options = AgentOptions(
        server="http://lut.example:8765",
        backend="tensorrt",
        threads=2,
        option=["precision=fp16"],
        cores="4-7",
        state_dir=Path("/var/lib/my agent"),
    )

    assert agent_command(options) == (
        "hna agent --server http://lut.example:8765 --backend tensorrt --threads 2 "
        "--option precision=fp16 --cores 4-7 --state-dir '/var/lib/my agent'"
    )
