"""``hna table predict``: files in, a judgement out, no server."""

import json

import pytest
from pydantic import TypeAdapter

from lut_server.table_commands.group import table as command
from profiler.command import main
from profiler.device import Environment
from profiler.formats import write_tables
from profiler.operations import ForeignOperation
from profiler.prediction import Predictor, predicted_entries
from profiler.table import Entry, Table

ENVIRONMENT = Environment(runtime="made-up", runtime_version="1.2", provider="none")


@pytest.fixture
def hna(capsys, monkeypatch):
    """Run ``hna table predict`` with arguments; return its exit status and what it printed."""
    monkeypatch.setenv("COLUMNS", "200")

    def hna(*arguments):
        status = main(["table", "predict", *map(str, arguments)], command=command)
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return hna


@pytest.fixture
def file(tmp_path):
    """Write rows of somebody's convolutions, 2 us and 0.1 us for each channel, as JSON Lines."""

    def file(name, channels, **latencies_us):
        costs = {f"conv_c{c}": 2 + 0.1 * c for c in channels} | latencies_us
        entries = tuple(
            Entry(
                operation=ForeignOperation(format="theirs", name=each),
                latency_us=latency_us,
                value_kind="imported",
            )
            for each, latency_us in costs.items()
        )
        table = Table(device_model="board", environment=ENVIRONMENT, entries=entries)
        path = tmp_path / name
        path.write_bytes(write_tables([table], "jsonl").data)
        return path

    return file


def test_rows_that_were_held_out_judge_what_the_others_taught(hna, file):
    train = file("train.jsonl", range(1, 60, 2), broken=-1.0)
    test = file("test.jsonl", range(1, 60, 4), conv_c20=4.0, conv_c40=6.0, conv_c50=7.0, free=0.0)

    status, printed = hna("--train", train, "--test", test)

    assert status == 0
    assert "learnt from 30 rows of board@made-up-" in printed
    assert "  left out of --train, because its latency is not above zero: 1" in printed
    assert "judged by 3 rows of board@made-up-" in printed
    assert "  not judged, because they taught: 15" in printed
    assert "  left out of --test, because its latency is not above zero: 1" in printed
    assert "within 10 %: 100.0% of rows" in printed
    assert "Kendall tau: 1.000" in printed
    assert "90 % intervals: hold " in printed


def test_the_judgement_is_json_on_request(hna, file):
    train, test = file("a.jsonl", range(1, 30, 2)), file("b.jsonl", range(2, 30, 2), odd=4.0)

    status, printed = hna("--train", train, "--test", test, "--json")

    said = json.loads(printed)
    assert (status, said["taught"], said["tested"], said["seen"]) == (0, 15, 15, 0)
    assert said["extrapolated"] == 1
    assert said["within_10pct"] > 0.8


def test_a_saved_predictor_answers_elsewhere(hna, file, tmp_path):
    train, test = file("a.jsonl", range(1, 30, 2)), file("b.jsonl", range(2, 30, 2))
    saved = tmp_path / "made" / "predictor.json"

    status, printed = hna("--train", train, "--test", test, "--save", saved)

    assert (status, f"predictor written to {saved}" in printed) == (0, True)
    predictor = TypeAdapter(Predictor).validate_json(saved.read_bytes())
    wanted = ForeignOperation(format="theirs", name="conv_c10")
    assert predicted_entries(predictor, [wanted])[0].latency_us == pytest.approx(3.0, rel=0.1)


def test_what_cannot_be_learnt_or_judged_is_one_line(hna, file, tmp_path):
    good, empty = file("good.jsonl", range(1, 30)), tmp_path / "empty.jsonl"
    empty.write_bytes(b"")
    one, text = file("one.jsonl", [7]), tmp_path / "text.jsonl"
    text.write_text("no table\n")

    for train, test, said in (
        (tmp_path / "none.jsonl", good, "none.jsonl: no such file; write one with: hna table"),
        (good, empty, "empty.jsonl"),
        (good, text, "text.jsonl is of no format known here"),
        (one, good, "holds 1 rows to learn from, and a predictor needs 5"),
        (good, good, "holds no row to judge by: 29 of 29 have a latency, and all of those taught"),
    ):
        status, printed = hna("--train", train, "--test", test)

        assert status != 0
        assert said in printed
        assert printed.count("\n") == 1
