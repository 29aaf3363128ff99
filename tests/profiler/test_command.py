"""The ``hna`` command as a user types it."""

from __future__ import annotations

import json

import pytest

from profiler.backends.registry import BACKENDS, open_backend
from profiler.command import main
from profiler.errors import BackendUnavailable, ExtraMissing
from profiler.platforms.here import this_machine
from profiler.table_file import load_table


def test_help_lists_what_every_package_registered(capsys):
    status = main(["--help"])

    printed = capsys.readouterr().out
    assert status == 0
    assert all(name in printed for name in ("agent", "doctor", "profile", "serve", "demo"))


def test_version_is_printed_without_a_subcommand(capsys):
    assert main(["--version"]) == 0

    assert capsys.readouterr().out.startswith("hna-nas ")


def test_doctor_names_the_machine_every_backend_and_what_cannot_be_read(capsys):
    assert main(["doctor"]) == 0

    printed = capsys.readouterr().out
    assert all(name in printed for name in (this_machine().model, *BACKENDS))
    assert "load_average" in printed


def test_profile_measures_cold_too_and_stores_it(tmp_path):
    path = tmp_path / "table.json"

    main(["profile", "--backend", "simulated", "--size", "16", "--cold", "--save", str(path)])

    row = next(entry for entry in load_table(path).entries if entry.border_us == 0.0)
    assert row.cold_us.value > row.latency_us


def test_profile_saves_a_table_that_loads(tmp_path, capsys):
    path = tmp_path / "table.json"

    status = main(["profile", "--backend", "simulated", "--size", "16", "--save", str(path)])

    assert status == 0
    assert load_table(path).simulated
    assert "simulated" in capsys.readouterr().out


def test_profile_measures_the_operations_of_a_file(tmp_path, capsys):
    path = tmp_path / "operations.json"
    path.write_text(json.dumps([{"kind": "head", "channels": 4, "height": 8, "width": 8}]))

    status = main(["profile", "--backend", "simulated", "--operations", str(path)])

    assert status == 0
    assert "head 4 @8x8" in capsys.readouterr().out


def test_an_error_is_one_line_that_names_the_thing_and_the_way_out(tmp_path, capsys):
    path = tmp_path / "operations.json"
    path.write_text(json.dumps([{"kind": "head", "channels": 4, "height": 8, "colour": 1}]))

    status = main(["profile", "--operations", str(path)])

    error = capsys.readouterr().err
    assert status == 2
    assert error.count("\n") == 1
    assert "operations.json, item 0: head: unknown field colour" in error


def test_an_unknown_candidate_names_those_there_are(capsys):
    assert main(["profile", "--candidate", "9x9_FooConv"]) == 2
    assert "3x3_ResConv" in capsys.readouterr().err


def test_doctor_speaks_of_every_backend(capsys):
    assert main(["doctor"]) == 0

    printed = capsys.readouterr().out
    assert all(name in printed for name in BACKENDS)


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "profiler.backends.torch", None)

    with pytest.raises(
        (ExtraMissing, BackendUnavailable), match=r"pip install 'hna-nas\[search\]'"
    ):
        open_backend("torch")
