"""A small network with random weights and a data set on disk whose images differ in size."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from profiler.backends.torch_module import torch_module
from profiler.operations import Cell, Network

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("HNA_DATA", ROOT.parent / "shared" / "data"))
SIZES = ((40, 32), (33, 48), (32, 32), (32, 32))
"""H and W of the images, the last two of the test list."""


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def network():
    cells = (
        Cell(iteration=0, level=0, inputs=(), candidate="3x3_ResConv"),
        Cell(iteration=0, level=1, inputs=((0, 0),), candidate="3x3_ResConv"),
        Cell(iteration=1, level=0, inputs=((0, 0), (0, 1)), candidate="3x3_ResConv"),
    )
    return Network(height=32, width=32, channels=(4, 8), cells=cells)


@pytest.fixture
def module(network):
    torch.manual_seed(0)
    return torch_module(network).eval()


@pytest.fixture
def root(tmp_path):
    """Return a data set of four scenes, one bright square each; two to train, two to test."""
    root = tmp_path / "dataset" / "NUAA-SIRST"
    for name in ("images", "masks", "50_50"):
        (root / name).mkdir(parents=True)
    draw = np.random.default_rng(0)
    for number, size in enumerate(SIZES):
        mask = np.zeros(size, dtype=np.uint8)
        mask[8 : 8 + 3 + number, 10:14] = 255
        image = np.clip(draw.normal(90, 10, size) + 120 * (mask > 0), 0, 255).astype(np.uint8)
        Image.fromarray(image).save(root / "images" / f"scene_{number}.png")
        Image.fromarray(mask).save(root / "masks" / f"scene_{number}.png")
    (root / "50_50" / "train.txt").write_text("scene_2\nscene_3\n")
    (root / "50_50" / "test.txt").write_text("scene_0\nscene_1\n")
    return root


@pytest.fixture
def nuaa():
    if not (DATA / "NUAA-SIRST").is_dir():
        pytest.skip(f"{DATA / 'NUAA-SIRST'} is absent; set HNA_DATA to the folder that holds it")
    return DATA / "NUAA-SIRST"


@pytest.fixture
def golden():
    folder = DATA.parent / "spec" / "golden"
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent; it is not part of the repository")
    return folder
