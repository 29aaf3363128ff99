"""A network small enough to train within a second, and scenes to train it on."""

import json

import pytest
import torch
from PIL import Image

from profiler.backends.torch_module import torch_module
from profiler.operations import Cell, Network, operation_to_json
from search.data.synthetic import synthetic_dataset
from search.training.initialise import initialise

SIZE = 32


@pytest.fixture(autouse=True)
def one_thread():
    """Threads cost more than they bring on tensors this small, the more so on a busy machine."""
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
    return Network(height=SIZE, width=SIZE, channels=(4, 8), cells=cells)


@pytest.fixture
def fresh(network):
    """Makes modules with equal weights."""

    def make(seed=0):
        module = torch_module(network)
        initialise(module, seed)
        return module

    return make


@pytest.fixture(scope="session")
def scenes():
    return synthetic_dataset(train=20, test=4, size=SIZE, seed=0)


@pytest.fixture(scope="session")
def scenes_folder(scenes, tmp_path_factory):
    """The scenes as files, in the official layout."""
    root = tmp_path_factory.mktemp("scenes")
    for name in ("images", "masks", "50_50"):
        (root / name).mkdir()
    training = (*scenes.train, *scenes.validation)
    for sample in (*training, *scenes.test):
        image, mask = sample.load()
        Image.fromarray(image).save(root / "images" / f"{sample.id}.png")
        Image.fromarray(mask).save(root / "masks" / f"{sample.id}.png")
    for name, samples in (("train", training), ("test", scenes.test)):
        (root / "50_50" / f"{name}.txt").write_text("\n".join(s.id for s in samples))
    return root


@pytest.fixture
def network_file(network, tmp_path):
    """The network as ``hna search`` leaves it."""
    path = tmp_path / "network.json"
    path.write_text(json.dumps(operation_to_json(network)))
    return path
