"""``python -m search.test``: the reference's command line, its files and its quirks."""

import json
import re
import shlex
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from scipy.io import loadmat

from search.any_size import AnySize
from search.data.folder import open_folder
from search.data.normalisation import IMAGENET
from search.evaluation import evaluate
from search.saved_network import save_network
from search.test import main, parser

COMMAND = shlex.split(
    "--base_size 32 --crop_size 256 --st_model mine --dataset NUAA-SIRST --split_method 50_50 "
    "--model DNANet --backbone resnet_18 --deep_supervision True --channel_size three "
    "--test_batch_size 1 --mode TXT --root dataset/ --suffix .png --ROC_thr 10 --workers 4 "
    "--in_channels 3 --epochs 7 --gpus 0 --test_size 0.5"
)
CHECKPOINT = "mine/mIoU__DNANet_NUAA-SIRST_epoch.pth.tar"


@pytest.fixture
def run(network, module, tmp_path, root, monkeypatch):
    """A run folder below result/, in the folder the command is run in."""
    monkeypatch.chdir(tmp_path)
    save_network(network, module, tmp_path / "result" / "run", normalisation=IMAGENET)
    return "run"


def _checkpoint(golden, path):
    """Write random weights under the names of the reference's DNANet, as its train.py does."""
    keys = json.loads((golden / "dnanet_three_resnet18_ds_keys.json").read_text())
    shapes = keys.get("keys", keys)
    draw = torch.Generator().manual_seed(0)
    state = {
        name: torch.ones(()).long()
        if name.endswith("num_batches_tracked")
        else torch.rand(shape, generator=draw) * 0.1 + 0.01
        for name, shape in shapes.items()
    }
    path.parent.mkdir(parents=True)
    torch.save({"epoch": 3, "state_dict": state, "loss": 0.5, "mean_IOU": np.float64(0.7)}, path)


def test_as_a_process_it_tests_a_checkpoint_of_the_reference_on_real_images(golden, nuaa, tmp_path):
    root = tmp_path / "dataset" / "NUAA-SIRST"
    for name in ("images", "masks", "50_50"):
        (root / name).mkdir(parents=True)
    for number in (1, 2, 3):
        for kind in ("images", "masks"):
            shutil.copy(nuaa / kind / f"Misc_{number}.png", root / kind)
    (root / "50_50" / "train.txt").write_text("Misc_1\r\n")
    (root / "50_50" / "test.txt").write_text("Misc_2\r\nMisc_3\r\n")
    _checkpoint(golden, tmp_path / "result" / CHECKPOINT)

    process = subprocess.run(
        [sys.executable, "-m", "search.test", *COMMAND, "--model_dir", CHECKPOINT],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (process.returncode, process.stderr) == (0, "")
    assert "2 images, IoU 0." in process.stdout
    assert {path.name for path in (root / "value_result").iterdir()} == {
        "mine_best_IoU.log", "mine_best_other_metric.log", "mine_PD_FA_255", "mine_metrics.json",
    }  # fmt: skip


def test_the_files_have_the_figures_of_the_network_in_the_reference_s_form(
    run, network, module, root
):
    status = main([*COMMAND, "--model_dir", run])

    expected = evaluate(
        AnySize(network, module), open_folder(root).test, size=32, normalisation=IMAGENET
    )
    folder = root / "value_result"
    matlab = loadmat(folder / "mine_PD_FA_255", appendmat=False)
    document = json.loads((folder / "mine_metrics.json").read_text())
    assert status == 0
    assert re.fullmatch(
        rf"\d\d/\d\d/\d{{4}} \d\d:\d\d:\d\d - 0007:\t{expected.miou:.4f}\n",
        (folder / "mine_best_IoU.log").read_text(),
    )
    assert matlab["number_record1"].shape == matlab["number_record2"].shape == (1, 11)
    assert matlab["number_record1"][0, 0] == expected.fa_compat
    assert matlab["number_record2"][0, 0] == expected.pd
    assert (document["miou"], document["size"]) == (expected.miou, 32)
    assert len(document["reference"]["precision"]) == 11


def test_the_log_of_recall_and_precision_has_the_reference_s_lines(run, root):
    main([*COMMAND, "--model_dir", run])
    main([*COMMAND, "--model_dir", run])

    lines = (root / "value_result" / "mine_best_other_metric.log").read_text().splitlines()
    reference = json.loads((root / "value_result" / "mine_metrics.json").read_text())["reference"]
    assert len(lines) == 6  # the second call's below the first's
    assert re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d-7", lines[3])
    for line, name in ((lines[4], "Recall-----:"), (lines[5], "Precision--:")):
        rates = reference[name.strip("-:").lower()]
        assert line == name + "".join(f"   {round(rate, 8)}   " for rate in rates)


def test_a_run_folder_may_be_named_by_its_whole_path_and_by_its_weights(run, tmp_path, root):
    folder = tmp_path / "result" / run

    by_folder = main([*COMMAND, "--model_dir", str(folder)])
    by_weights = main([*COMMAND, "--model_dir", "run/weights.safetensors"])

    lines = (root / "value_result" / "mine_best_IoU.log").read_text().splitlines()
    assert (by_folder, by_weights) == (0, 0)
    assert lines[0].split("\t")[1] == lines[1].split("\t")[1]


def test_more_bins_make_longer_curves(run, root):
    main([*COMMAND, "--model_dir", run, "--ROC_thr", "20"])

    matlab = loadmat(root / "value_result" / "mine_PD_FA_255", appendmat=False)
    assert matlab["number_record1"].shape == (1, 21)


def test_greys_of_a_mask_are_background_as_in_the_reference(run, root):
    from PIL import Image

    path = root / "masks" / "scene_0.png"
    grey = np.array(Image.open(path))
    grey[20, 20] = 64
    Image.fromarray(grey).save(path)

    assert main([*COMMAND, "--model_dir", run]) == 0
    document = json.loads((root / "value_result" / "mine_metrics.json").read_text())
    assert document["targets"] == 2


def test_false_is_false():
    assert parser().parse_args(["--model_dir", "x", "--deep_supervision", "False"]) \
        .deep_supervision is False  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--mode", "Ratio"], "--mode Ratio: only TXT"),
        (["--in_channels", "1"], "--in_channels 1"),
        (["--ROC_thr", "0"], "--ROC_thr 0: at least 1"),
        (["--model_dir", "gone.pth.tar"], "neither result/gone.pth.tar nor gone.pth.tar is there"),
        (["--model", "Mamba"], "unknown model 'Mamba'; known are DNANet"),
        (["--suffix", ".bmp"], r"lacks scene_2\.bmp"),
        (["--dataset", "NUDT-SIRST"], "NUDT-SIRST: there is no such folder"),
    ],
)
def test_what_cannot_be_done_is_one_line(run, options, message, capsys):
    status = main([*COMMAND, "--model_dir", run, *options])

    error = capsys.readouterr().err
    assert status == 2
    assert error.count("\n") == 1
    assert re.search(message, error)


@pytest.mark.parametrize(
    "options", [["--deep_supervision", "maybe"], ["--base", "32"], ["--learning_rate", "1"]]
)
def test_an_option_the_reference_does_not_know_is_refused_with_those_it_knows(options, capsys):
    with pytest.raises(SystemExit) as leaving:
        main([*COMMAND, "--model_dir", "x", *options])

    assert leaving.value.code == 2
    assert "--ROC_thr" in capsys.readouterr().err
