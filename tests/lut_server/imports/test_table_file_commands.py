"""``hna table import``, ``export``, ``convert``, ``bundle``, ``unbundle``, ``key``: as typed."""

import json

import pytest

from lut_server.client import LutClient
from profiler.command import main
from profiler.table_file import load_table

FLAT = json.dumps({"conv-a": 1.5, "conv-b": 2.5, "conv-c": 4.5}, indent=0)
SAID = ["--device-model", "a-phone", "--runtime", "tflite", "--unit", "ms"]


@pytest.fixture
def url(process):
    return process[1].read_text().strip()


@pytest.fixture
def flat(tmp_path):
    path = tmp_path / "lut.json"
    path.write_text(FLAT)
    return path


def table(*words) -> int:
    return main(["table", *map(str, words)])


def test_a_table_goes_into_a_server_and_out_of_it_and_into_a_bundle(url, flat, tmp_path, capsys):
    out, key, bundle = tmp_path / "out.json", tmp_path / "lab.key", tmp_path / "a.hnab"

    assert table("import", flat, *SAID, "--server", url) == 0
    with LutClient(url) as client:
        (view,) = client.tables()
    assert f"{view.name}: 3 rows of fasterseg" in capsys.readouterr().out
    assert table("import", flat, *SAID, "--server", url) == 0
    assert "was imported before; nothing changed" in capsys.readouterr().out
    assert table("imports", view.name, "--server", url) == 0
    assert "lut.json  3 rows of fasterseg" in capsys.readouterr().out
    assert table("export", view.name, "--format", "fasterseg", "-o", out, "--server", url) == 0
    assert out.read_text() == FLAT
    assert "lost: device model and environment" in capsys.readouterr().err

    assert table("key", key) == 0
    public = capsys.readouterr().out.split()[-1]
    assert table("bundle", view.name, "-o", bundle, "--key", key, "--server", url) == 0
    assert f"signed by {public}" in capsys.readouterr().out
    assert table("unbundle", bundle, "--signer", public, "-o", tmp_path / "t.json") == 0
    assert len(load_table(tmp_path / "t.json").entries) == 3
    assert table("unbundle", bundle, "--server", url) == 0
    assert f"{view.name}: 0 new measurements" in capsys.readouterr().out


def test_convert_needs_no_server_and_gives_back_what_it_read(flat, tmp_path, capsys):
    csv, back = tmp_path / "t.csv", tmp_path / "t.fasterseg.json"

    assert table("convert", flat, csv, *SAID) == 0
    assert table("convert", csv, back) == 0

    assert back.read_text() == FLAT
    assert "3 rows of 1 table as csv" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("convert", "{flat}", "out.csv"), "say it with --device-model"),
        (("convert", "{flat}", "out.csv", *SAID[:4]), "say it with --unit us, ms or s"),
        (("convert", "{flat}", "out.csv", "--unit", "h"), "latencies are in us, ms or s"),
        (("convert", "{flat}", "out.xlsx", *SAID), "says no format; say one: jsonl"),
        (("convert", "nowhere.json", "out.csv"), "nowhere.json cannot be read"),
        (("import", "{flat}", "--drop-errors", "--keep-errors"), "either left out or taken"),
        (("unbundle", "{flat}", "-o", "t.json"), "is damaged"),
        (("bundle", "x", "-o", "b", "--key", "{flat}"), "holds no key"),
    ],
)
def test_what_cannot_be_done_is_one_line(words, said, flat, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    status = table(*(word.format(flat=flat) for word in words))

    captured = capsys.readouterr()
    assert status == 2
    assert said in captured.err
    assert captured.err.startswith("hna: ")
    assert captured.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "ready") == ["lut.json"]
