"""``hna export`` on a saved network and a folder of scenes."""

import json

from profiler.command import main


def test_it_writes_the_files_the_card_and_a_table(run, data, capsys):
    arguments = ["export", str(run), "--data", str(data), "--fp16", "--int8", "--dynamic"]

    status = main([*arguments, "--calibration", "2", "--rounds", "2"])

    printed = capsys.readouterr().out
    card = json.loads((run / "model_card.json").read_text())
    names = {path.name for path in (run / "export").iterdir()}
    assert status == 0
    assert names == {
        "network_fp32.onnx",
        "network_fp16.onnx",
        "network_int8.onnx",
        "export.json",
    }
    assert [each["metrics"]["images"] for each in card["export"]["artefacts"]] == [3, 3, 3]
    assert card["export"]["command"].startswith(f"hna export {run} --data {data}")
    assert "--calibration 2" in card["export"]["command"]
    assert all(name in printed for name in ("fp32", "fp16", "int8", "model_card.md"))


def test_eight_bits_without_data_are_one_line_on_standard_error(run, capsys):
    status = main(["export", str(run), "--int8"])

    assert status == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_folder_without_a_network_is_one_line_on_standard_error(tmp_path, capsys):
    status = main(["export", str(tmp_path)])

    assert status == 2
    assert "network.json is absent" in capsys.readouterr().err
