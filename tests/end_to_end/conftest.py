"""A real server and a real agent as processes, and a search small enough for a test."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

import pytest
import torch
from PIL import Image

from lut_server.client import LutClient
from profiler.space import named_space
from search.configuration import Configuration
from search.data.synthetic import synthetic_dataset
from search.meeting.plan import MeetingPlan
from search.pipeline import Search
from search.processes import local_agent, local_server
from search.run_folder import RunFolder
from search.stage1.plan import Stage1Plan
from search.stage2.plan import Stage2Plan
from search.training.plan import TrainingPlan
from search.trials import TrialPlan

SIZE = 32
AGENT = ("--backend", "simulated", "--plan", "quick", "--quiet-seconds", "0")
CANDIDATES = ("3x3_MBConv2", "3x3_GroupConv4", "7x7_ResConv")


class House:
    """A server, an agent beside a simulated device, and searches for it."""

    def __init__(self, url, client, target):
        self.url = url
        self.client = client
        self.target = target
        self.dataset = synthetic_dataset(train=10, test=3, size=SIZE, seed=0)

    def search(self, path, **changes):
        """Return a search into *path*, not yet run."""
        return Search(
            client=self.client,
            targets=[self.target],
            dataset=self.dataset,
            configuration=replace(tiny_configuration(), **changes),
            folder=RunFolder(path),
        )

    def network_sessions(self):
        """Return how often each network was measured."""
        return [
            measurement.operation
            for session in self.client.sessions(self.target.table)
            for measurement in session.measurements
            if measurement.operation.kind == "network"
        ]


def tiny_configuration() -> Configuration:
    return Configuration(
        space=named_space("one", "resnet_10", height=SIZE, width=SIZE, candidates=CANDIDATES),
        budget_share=0.95,
        networks=8,
        anchors=3,
        simplification_size=SIZE,
        batch=4,
        stage1=Stage1Plan(epochs=1, width=4, hardware="latency"),
        stage2=Stage2Plan(warmup_epochs=1, search_epochs=1, mode="two"),
        meeting=MeetingPlan(rounds=2, networks=3, sittings=1, width=0.1),
        trials=TrialPlan(networks=2, epochs=1),
        training=TrainingPlan(epochs=2, batch=4, size=SIZE),
    )


@pytest.fixture(scope="session")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def house(one_thread, tmp_path_factory):
    pytest.importorskip("fastapi", reason="the server's extra is not installed")
    folder = tmp_path_factory.mktemp("house")
    with ExitStack() as stack:
        url = stack.enter_context(local_server(folder))
        target = stack.enter_context(local_agent(url, folder, AGENT))
        yield House(url, stack.enter_context(LutClient(url)), target)


@pytest.fixture(scope="session")
def run(house, tmp_path_factory):
    """Return the folder and the result of a finished search."""
    path = tmp_path_factory.mktemp("run")
    return path, house.search(path).run()


@pytest.fixture
def sirst_folder(tmp_path_factory):
    """Return a folder of a few scenes in the official layout."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("images", "masks", "50_50"):
        (folder / name).mkdir()
    dataset = synthetic_dataset(train=5, test=2, size=SIZE, seed=0)
    for sample in (*dataset.train, *dataset.validation, *dataset.test):
        image, mask = sample.load()
        Image.fromarray(image).save(folder / "images" / f"{sample.id}.png")
        Image.fromarray(mask.astype("uint8") * 255).save(folder / "masks" / f"{sample.id}.png")
    trained = [sample.id for sample in (*dataset.train, *dataset.validation)]
    tested = [sample.id for sample in dataset.test]
    (folder / "50_50" / "train.txt").write_text("\n".join(trained))
    (folder / "50_50" / "test.txt").write_text("\n".join(tested))
    return folder
