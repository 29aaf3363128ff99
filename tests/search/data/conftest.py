"""A small data set on disk, whole, for tests that then break one thing of it."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[3]
TRAIN = tuple(f"Misc_{number}" for number in range(1, 6))
TEST = tuple(f"Misc_{number}" for number in range(6, 9))


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "NUAA-SIRST"
    for name in ("images", "masks", "50_50"):
        (root / name).mkdir(parents=True)
    for sample_id in (*TRAIN, *TEST):
        mask = np.zeros((24, 32), dtype=np.uint8)
        mask[4:7, 5:8] = 255
        Image.fromarray(np.maximum(mask, 20)).save(root / "images" / f"{sample_id}.png")
        Image.fromarray(mask).convert("1").save(root / "masks" / f"{sample_id}.png")
    (root / "50_50" / "train.txt").write_bytes("\r\n".join(TRAIN).encode() + b"\r\n")
    (root / "50_50" / "test.txt").write_bytes("\r\n".join(TEST).encode())
    return root


@pytest.fixture
def nuaa():
    root = Path(os.environ.get("HNA_DATA", ROOT.parent / "shared" / "data")) / "NUAA-SIRST"
    if not root.is_dir():
        pytest.skip(f"{root} is absent; set HNA_DATA to the folder that holds NUAA-SIRST")
    return root
