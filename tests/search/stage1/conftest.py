"""A small search: three levels, scenes of 32 x 32 pixels; and the shipped files where present."""

import os
from pathlib import Path

import pytest
import torch

from search.data.batches import training_batches
from search.data.synthetic import synthetic_dataset
from search.space import MetaSpace

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("HNA_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(autouse=True)
def one_thread():
    """Small tensors gain nothing from threads, and a busy machine makes them wait."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def data():
    if not DATA.exists():
        pytest.skip(f"the data is not there: {DATA}")
    return DATA


@pytest.fixture(scope="session")
def golden():
    folder = DATA.parent / "spec" / "golden"
    if not folder.exists():
        pytest.skip(f"the reference files are not there: {folder}")
    return folder


@pytest.fixture(scope="session")
def space():
    return MetaSpace(levels=3, channels=(4, 8, 16), blocks=(1, 2, 1), height=32, width=32)


@pytest.fixture(scope="session")
def train():
    scenes = synthetic_dataset(train=15, test=1, size=32, seed=0)
    return training_batches(
        scenes.train, size=32, batch=4, seed=0, normalisation=scenes.normalisation
    )
