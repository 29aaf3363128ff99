"""``hna evaluate`` on a saved network and a folder of scenes."""

import csv
import json
from dataclasses import replace

import pytest
from PIL import Image

from profiler.command import main
from search.data.normalisation import IMAGENET
from search.evaluation import evaluate
from search.saved_network import save_network


@pytest.fixture
def data(scenes, tmp_path):
    root = tmp_path / "scenes"
    for name in ("images", "masks", "50_50"):
        (root / name).mkdir(parents=True)
    for sample in (*scenes.train, *scenes.test):
        image, mask = sample.load()
        Image.fromarray(image).save(root / "images" / f"{sample.id}.png")
        Image.fromarray(mask).save(root / "masks" / f"{sample.id}.png")
    for name, samples in (("train", scenes.train), ("test", scenes.test)):
        (root / "50_50" / f"{name}.txt").write_text("\n".join(s.id for s in samples))
    return root


def test_it_prints_the_figures_and_writes_them_whole_and_by_image(
    network, fresh, scenes, data, tmp_path, capsys
):
    module, run = fresh(), tmp_path / "run"
    save_network(network, module, run, normalisation=IMAGENET)

    status = main(["evaluate", str(run), "--data", str(data)])

    expected = evaluate(module, scenes.test, size=32, normalisation=IMAGENET)
    document = json.loads((run / "evaluation" / "metrics.json").read_text())
    rows = list(
        csv.DictReader((run / "evaluation" / "metrics_per_image.csv").read_text().splitlines())
    )
    assert status == 0
    assert (document["miou"], document["pd"]) == (expected.miou, expected.pd)
    assert (document["data"], document["size"], document["images"]) == ("scenes", 32, 4)
    assert [row["id"] for row in rows] == [sample.id for sample in scenes.test]
    assert sum(int(row["targets"]) for row in rows) == expected.targets
    assert f"{expected.miou:.4f}" in capsys.readouterr().out


def test_a_folder_without_data_is_one_line_on_standard_error(network, fresh, tmp_path, capsys):
    save_network(network, fresh(), tmp_path / "run", normalisation=IMAGENET)

    status = main(["evaluate", str(tmp_path / "run"), "--data", str(tmp_path / "nowhere")])

    assert status == 2
    assert "nowhere: there is no such folder" in capsys.readouterr().err


def test_a_network_that_is_not_square_needs_a_size(network, fresh, data, tmp_path, capsys):
    run = tmp_path / "run"
    save_network(replace(network, width=64), fresh(), run, normalisation=IMAGENET)

    refused = main(["evaluate", str(run), "--data", str(data)])
    accepted = main(["evaluate", str(run), "--data", str(data), "--size", "32"])

    assert (refused, accepted) == (2, 0)
    assert "give --size" in capsys.readouterr().err
