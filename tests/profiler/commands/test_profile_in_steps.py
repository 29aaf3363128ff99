"""``hna profile --target-error`` as a user types it."""

import json

import pytest

from profiler.command import main
from profiler.operations import operation_to_json
from profiler.space import known_topology, named_space, space_operations
from profiler.table_file import load_table

OPERATIONS = space_operations(
    named_space("one", "resnet_10", height=64, width=64), known_topology("unet")
)


@pytest.fixture
def operations(tmp_path):
    path = tmp_path / "operations.json"
    path.write_text(json.dumps([operation_to_json(each) for each in OPERATIONS]))
    return path


def test_rows_are_saved_as_what_they_are_and_shown_apart(operations, tmp_path, capsys):
    saved = tmp_path / "table.json"
    arguments = ["profile", "--backend", "simulated", "--quick", "--target-error", "20%"]

    status = main([*arguments, "--operations", str(operations), "--save", str(saved)])

    printed = capsys.readouterr().out
    kinds = [entry.value_kind for entry in load_table(saved).entries]
    predicted = kinds.count("predicted")
    assert status == 0
    assert 0 < predicted < len(OPERATIONS)
    measured = len(OPERATIONS) - predicted
    said = " ".join(printed.split())
    assert f"{measured} of {len(OPERATIONS)} operations were measured, in " in said
    assert f"{predicted} are predicted, nine in ten of them within" in said
    marked = [
        "predicted" in line for line in printed.splitlines() if "@" in line and "│" not in line
    ]
    assert marked.index(True) >= measured


def test_too_few_operations_to_predict_any_are_all_measured_and_that_is_said(capsys):
    main(["profile", "--backend", "simulated", "--quick", "--size", "16", "--target-error", "5%"])

    said = " ".join(capsys.readouterr().out.split())
    assert "all 12 operations were measured: too few for predictions within 5.0%" in said


def test_a_target_that_is_none_is_one_line(capsys):
    status = main(["profile", "--backend", "simulated", "--target-error", "500%"])

    error = capsys.readouterr().err
    assert status == 2
    assert error == "hna: '500%' is not between 0 % and 100 %; give a share such as 5% or 0.05\n"
