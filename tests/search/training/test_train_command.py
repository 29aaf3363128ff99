"""``hna train``: whole, interrupted by a real signal, and by two real processes."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from profiler.command import main
from profiler.errors import BackendUnavailable, RunInvalid
from profiler.operations import DnaNet
from search.checkpoint import load_checkpoint
from search.data.folder import open_folder
from search.distributed import World, joined
from search.evaluation import evaluate
from search.saved_network import load_network, save_network
from search.training.loop import CHECKPOINT
from search.training.recipes import changed
from search.training.session import train_network

SMALL = ("--size", "32", "--batch", "8", "--compute", "cpu")
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1"}


def _arguments(network_file, data, run, *more):
    return [str(network_file), "--data", str(data), "--run", str(run), *SMALL, *more]


def test_a_network_is_trained_saved_and_judged_once(network_file, scenes_folder, tmp_path, capsys):
    run = tmp_path / "run"

    status = main(
        ["train", *_arguments(network_file, scenes_folder, run, "--epochs", "3"), "--tensorboard"]
    )

    printed = capsys.readouterr().out
    assert status == 0
    dataset = open_folder(scenes_folder)
    network, module, normalisation = load_network(run)
    expected = evaluate(module, dataset.test, size=32, normalisation=normalisation)
    document = json.loads((run / "training.json").read_text())
    assert (network.height, network.width) == (32, 32)
    assert json.loads((run / "metrics.json").read_text())["miou"] == expected.miou
    assert document["result"]["test"]["miou"] == expected.miou
    assert document["plan"]["epochs"] == 3 and document["plan"]["ema_decay"] > 0
    assert document["result"]["as_the_reference_reports"]["best_on_test_miou"] is None
    assert list(run.glob("events.out.tfevents.*"))
    assert f"{expected.miou:.4f}" in printed and "as the reference reports it" not in printed


def test_a_zoo_network_with_several_heads_is_trained_and_compared_as_the_reference_does(
    scenes_folder, tmp_path, capsys
):
    options = (
        "--epochs",
        "1",
        "--test-every",
        "1",
        "--recipe",
        "dnanet",
        "--backbone",
        "resnet_10",
    )

    status = main(["train", *_arguments("DNANet", scenes_folder, tmp_path / "run", *options)])

    network, _, _ = load_network(tmp_path / "run")
    printed = capsys.readouterr().out
    assert status == 0
    assert isinstance(network, DnaNet) and network.heads == 4
    assert "best on test, as the reference reports it" in printed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--recipe", "best"), "unknown recipe 'best'"),
        (("--epochs", "0"), "epochs=0"),
        (("--compute", "tpu"), "compute 'tpu': one of cpu, cuda, auto"),
        (("--precision", "fp16"), "fp16 trains on a GPU"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    network_file, scenes_folder, tmp_path, capsys, options, message
):
    status = main(["train", *_arguments(network_file, scenes_folder, tmp_path / "run", *options)])

    told = capsys.readouterr().err
    assert status == 2
    assert message in told and told.count("\n") == 1


def test_the_run_of_another_network_is_not_overwritten(
    network, fresh, scenes, network_file, scenes_folder, tmp_path, capsys
):
    save_network(network, fresh(), tmp_path, normalisation=scenes.normalisation)
    weights = (tmp_path / "weights.safetensors").read_bytes()

    status = main(["train", *_arguments(network_file, scenes_folder, tmp_path)])

    assert status == 2
    assert "holds another run's network; choose another folder" in capsys.readouterr().err
    assert (tmp_path / "weights.safetensors").read_bytes() == weights


def test_other_data_or_another_network_does_not_go_on_in_the_folder(network, scenes, tmp_path):
    one_epoch = changed("modern", epochs=1, size=32, batch=8)
    train_network(network, scenes, one_epoch, run=tmp_path)

    with pytest.raises(RunInvalid, match="a training with another network and data"):
        train_network(
            replace(network, channels=(4, 16)),
            replace(scenes, train=scenes.train[:-1]),
            one_epoch,
            run=tmp_path,
        )


def test_ctrl_c_leaves_the_last_finished_epoch_and_the_run_goes_on_to_the_same_bits(
    network, network_file, scenes_folder, tmp_path
):
    epochs = 20
    interrupted, whole = tmp_path / "interrupted", tmp_path / "whole"
    arguments = _arguments(network_file, scenes_folder, interrupted, "--epochs", str(epochs))
    with subprocess.Popen(
        [sys.executable, "-m", "search.commands.train", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ONE_THREAD,
    ) as process:
        for line in process.stdout:
            if f"epoch 2/{epochs}" in line:
                process.send_signal(signal.SIGINT)
                break
        _, told = process.communicate(timeout=200)

    assert process.returncode == 130 and "Traceback" not in told, told
    assert 2 <= len(load_checkpoint(interrupted / CHECKPOINT)["losses"]) < epochs

    recipe = changed("modern", epochs=epochs, size=32, batch=8)
    dataset = open_folder(scenes_folder)
    resumed = train_network(network, dataset, recipe, run=interrupted)
    assert resumed == train_network(network, dataset, recipe, run=whole)
    (_, one, _), (_, other, _) = load_network(interrupted), load_network(whole)
    expected = other.state_dict()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in one.state_dict().items())


RANK = """
import os, sys, torch
import search.training.session as session
from profiler.command import main
from search.commands.train import train
made, original = [], session.torch_module
session.torch_module = lambda network: made.append(original(network)) or made[-1]
status = main(["train", *sys.argv[2:]], command=train)
torch.save(made[0].state_dict(), f"{sys.argv[1]}/rank{os.environ['RANK']}.pt")
sys.exit(status)
"""
"""What each process runs: the command, and then a look at its own weights."""


def test_two_processes_train_one_network_and_one_of_them_writes(
    network_file, scenes_folder, tmp_path
):
    script, run = tmp_path / "rank.py", tmp_path / "run"
    script.write_text(RANK)
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    arguments = _arguments(network_file, scenes_folder, run, "--epochs", "2")

    done = subprocess.run(
        [*launch, "--nproc-per-node=2", "--", str(script), str(tmp_path), *arguments],
        capture_output=True,
        text=True,
        env=ONE_THREAD,
        timeout=280,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    first, second = (torch.load(tmp_path / f"rank{rank}.pt") for rank in (0, 1))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert done.stdout.count("epoch 1/2") == 1
    assert done.stdout.count("test mIoU, read once") == 1
    assert "2 process(es)" in done.stdout
    assert len(load_checkpoint(run / CHECKPOINT)["losses"]) == 2


def test_alone_nothing_is_averaged_and_this_process_writes():
    weight = torch.nn.Parameter(torch.ones(2))
    weight.grad = torch.tensor([1.0, 3.0])
    world = World()

    world.average_gradients([weight])

    assert weight.grad.tolist() == [1.0, 3.0]
    assert world.main and world.shard == (0, 1)


def test_half_of_an_environment_is_refused(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("RANK", raising=False)

    with pytest.raises(RunInvalid, match="RANK is not; start the processes with torchrun"):
        joined("cpu").__enter__()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_named():
    with pytest.raises(BackendUnavailable, match="torch finds 0"):
        joined("cuda").__enter__()
