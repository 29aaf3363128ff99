"""A network small enough to export within a second, and scenes to judge it on."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from profiler.backends.torch_module import torch_module
from profiler.operations import Cell, Network
from search.data.normalisation import IMAGENET
from search.data.synthetic import synthetic_dataset
from search.saved_network import save_network

SIZE = 32


@pytest.fixture(autouse=True)
def one_thread():
    """Threads cost more than they bring on tensors this small, the more so on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def network():
    cells = (
        Cell(iteration=0, level=0, inputs=(), candidate="3x3_ResConv"),
        Cell(iteration=0, level=1, inputs=((0, 0),), candidate="3x3_MBConv3"),
        Cell(iteration=0, level=2, inputs=((0, 1),), candidate="3x3_ResConv"),
        Cell(iteration=1, level=1, inputs=((0, 1), (0, 2)), candidate="3x3_SpaConv"),
        Cell(iteration=2, level=0, inputs=((0, 0), (1, 1)), candidate="3x3_ResConv"),
    )
    return Network(height=SIZE, width=SIZE, channels=(4, 8, 8), cells=cells)


@pytest.fixture
def fresh(network):
    """Makes modules with equal weights and batch norms that do something."""

    def make(seed=0):
        torch.manual_seed(seed)
        module = torch_module(network)
        for layer in module.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                torch.nn.init.uniform_(layer.weight, 0.5, 1.5)
                torch.nn.init.normal_(layer.bias, std=0.1)
                torch.nn.init.normal_(layer.running_mean, std=0.1)
                torch.nn.init.uniform_(layer.running_var, 0.5, 1.5)
        return module.eval()

    return make


@pytest.fixture
def at_size(network, fresh):
    """Makes the module of the network at another size, with the weights of ``fresh()``."""

    def make(height, width):
        module = torch_module(replace(network, height=height, width=width))
        module.load_state_dict(fresh().state_dict())
        return module.eval()

    return make


@pytest.fixture(scope="session")
def scenes():
    return synthetic_dataset(train=10, test=3, size=SIZE, seed=0)


@pytest.fixture
def images():
    """Makes standard-normal images N,3,H,W."""

    def make(*shape):
        array = np.random.default_rng(1).standard_normal(shape, dtype=np.float32)
        return torch.from_numpy(array)

    return make


@pytest.fixture
def run(network, fresh, tmp_path):
    save_network(network, fresh(), tmp_path / "run", normalisation=IMAGENET)
    return tmp_path / "run"


@pytest.fixture
def data(scenes, tmp_path):
    root = tmp_path / "scenes"
    for name in ("images", "masks", "50_50"):
        (root / name).mkdir(parents=True)
    for sample in (*scenes.train, *scenes.validation, *scenes.test):
        image, mask = sample.load()
        Image.fromarray(image).save(root / "images" / f"{sample.id}.png")
        Image.fromarray(mask).save(root / "masks" / f"{sample.id}.png")
    for name, samples in (("train", (*scenes.train, *scenes.validation)), ("test", scenes.test)):
        (root / "50_50" / f"{name}.txt").write_text("\n".join(s.id for s in samples))
    return root
