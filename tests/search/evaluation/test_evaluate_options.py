"""``hna evaluate`` with its options: native size, curves, pictures, greys in masks."""

import csv
import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from profiler.command import main
from search.any_size import AnySize
from search.data.folder import open_folder
from search.data.normalisation import IMAGENET
from search.evaluation import evaluate
from search.saved_network import save_network


@pytest.fixture
def run(network, module, tmp_path):
    save_network(network, module, tmp_path / "run", normalisation=IMAGENET)
    return tmp_path / "run"


def _rows(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def test_native_figures_are_those_of_every_image_at_its_own_size(run, root, network, module):
    status = main(["evaluate", str(run), "--data", str(root), "--native"])

    expected = evaluate(
        AnySize(network, module), open_folder(root).test, size=None, normalisation=IMAGENET
    )
    document = json.loads((run / "evaluation" / "metrics.json").read_text())
    rows = _rows(run / "evaluation" / "metrics_per_image.csv")
    assert status == 0
    assert (document["miou"], document["size"]) == (expected.miou, "native")
    assert [int(row["pixels"]) for row in rows] == [40 * 32, 33 * 48]


def test_curves_are_written_as_tables_and_as_a_picture(run, root, tmp_path):
    out = tmp_path / "elsewhere"

    status = main(["evaluate", str(run), "--data", str(root), "--roc", "--out", str(out)])

    document = json.loads((out / "metrics.json").read_text())
    pixels, targets = _rows(out / "roc.csv"), _rows(out / "pd_fa.csv")
    (middle,) = (row for row in targets if row["probability"] == "0.5")
    assert status == 0
    assert 0 <= document["auc"] <= 1 and 0 <= document["average_precision"] <= 1
    assert (pixels[0]["recall"], pixels[-1]["recall"]) == ("0.0", "1.0")
    assert float(middle["fa"]) == document["fa"]
    assert ET.parse(out / "roc.svg").getroot().tag.endswith("svg")
    assert not (run / "evaluation").exists()


def test_as_many_pictures_are_drawn_as_asked_for(run, root):
    assert main(["evaluate", str(run), "--data", str(root), "--pictures", "1"]) == 0

    (path,) = (run / "evaluation" / "pictures").iterdir()
    assert path.name.startswith("0001_scene_")


def test_masks_with_greys_need_a_threshold(run, root, capsys):
    path = root / "masks" / "scene_0.png"
    grey = np.array(Image.open(path))
    grey[20:22, 20:22] = 64
    Image.fromarray(grey).save(path)

    refused = main(["evaluate", str(run), "--data", str(root), "--native"])
    message = capsys.readouterr().err
    accepted = [
        main(["evaluate", str(run), "--data", str(root), "--native", "--mask-threshold", each])
        for each in ("127", "30")
    ]

    document = json.loads((run / "evaluation" / "metrics.json").read_text())
    assert (refused, accepted) == (2, [0, 0])
    assert "scene_0.png: a mask has two values" in message and "[64] in 4 pixel(s)" in message
    assert (document["targets"], document["mask_threshold"]) == (3, 30)


def test_native_and_a_size_contradict_each_other(run, root, capsys):
    status = main(["evaluate", str(run), "--data", str(root), "--native", "--size", "32"])

    assert status == 2
    assert "leave --size out" in capsys.readouterr().err
