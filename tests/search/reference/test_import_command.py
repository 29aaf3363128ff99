"""``hna import reference``: what it prints, what it refuses, and that its run can be evaluated."""

import json
import shutil

import pytest

from profiler.command import main
from profiler.space import read_gene


def test_a_shipped_network_is_printed_cell_by_cell_and_written(shipped_run, tmp_path, capsys):
    status = main(["import", "reference", str(shipped_run), "--out", str(tmp_path / "run")])

    said = capsys.readouterr().out
    assert status == 0
    assert "0.0 0.0 0.3 0.4 0.0" in said  # what cell 1.0 reads
    assert "skipped: 1.2, 2.2, 3.1; 63 placeholder entries" in said
    assert "846,521 parameters, 1,651.0 MMACs at 256x256 pixels" in said
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        "network.json",
        "reference.json",
        "weights.safetensors",
    }


def test_what_was_imported_can_be_evaluated(shipped_run, data, tmp_path, capsys):
    nuaa, few, run = data / "NUAA-SIRST", tmp_path / "few", tmp_path / "run"
    for kind in ("images", "masks"):
        (few / kind).mkdir(parents=True)
        for name in ("Misc_1", "Misc_2", "Misc_3"):
            shutil.copy(nuaa / kind / f"{name}.png", few / kind)
    (few / "50_50").mkdir()
    (few / "50_50" / "test.txt").write_text("Misc_1\n")
    (few / "50_50" / "train.txt").write_text("Misc_2\nMisc_3\n")
    main(["import", "reference", str(shipped_run), "--out", str(run)])

    status = main(["evaluate", str(run), "--data", str(few)])

    (metrics,) = run.rglob("metrics.json")
    assert status == 0
    # 8 pixels predicted, 11 in the mask, and 8 of them in both (spec 8.4: IoU 0.727)
    assert json.loads(metrics.read_text())["miou"] == pytest.approx(8 / 11)


def test_the_gene_of_a_stage_1_supernet_is_written_and_its_two_readings_printed(
    golden, tmp_path, capsys
):
    checkpoint = golden / "fixtures" / "stage1_supernet_epoch462.pth.tar"

    status = main(["import", "reference", str(checkpoint), "--out", str(tmp_path / "run")])

    said = capsys.readouterr().out
    expected = read_gene(golden / "fixtures" / "phase1_gene.txt")
    assert status == 0
    assert read_gene(tmp_path / "run" / "gene.txt").picks == expected.picks
    assert "skipped" in next(line for line in said.splitlines() if " 1.2 " in line)
    assert "0.2 1.1" in said  # what cell 1.2 reads in the order stage 1 learnt


@pytest.mark.parametrize("arguments", [["nowhere"], ["nowhere", "--normalisation", "nasa"]])
def test_a_folder_that_is_no_run_is_one_line_on_standard_error(arguments, tmp_path, capsys):
    status = main(["import", "reference", str(tmp_path / arguments[0]), *arguments[1:]])

    said = capsys.readouterr().err
    assert status == 2
    assert said.startswith("hna: ") and said.count("\n") == 1
    assert "nowhere has no model_best.pth.tar" in said
