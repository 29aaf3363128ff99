"""The stage-1 supernet the official release ships, read and run by ours."""

import numpy as np
import pytest
import torch

from profiler.errors import RunInvalid
from profiler.space import read_gene
from search.data.batches import test_batches as plain_batches
from search.data.folder import open_folder
from search.reference.supernet import load_reference_supernet
from search.stage1.selection import gene_of

CHECKPOINT = "fixtures/stage1_supernet_epoch462.pth.tar"


@pytest.fixture(scope="module")
def shipped(golden):
    return load_reference_supernet(golden / CHECKPOINT)


def test_the_selection_matrices_are_those_of_the_golden_file(golden, shipped):
    with np.load(golden / "stage1_alpha.npz") as arrays:
        expected = {name: arrays[name] for name in arrays.files}

    ours = {f"alpha_{i}_{j}": a.detach().numpy() for (i, j), a in shipped.alphas.items()}
    assert ours.keys() == expected.keys()
    assert all((ours[name] == expected[name]).all() for name in ours)


def test_their_gene_is_the_shipped_gene(golden, shipped):
    gene = gene_of(shipped.alphas)

    assert gene.picks == read_gene(golden / "fixtures" / "phase1_gene.txt").picks


def test_the_supernet_has_the_170_960_parameters_of_the_specification(shipped):
    assert sum(parameter.numel() for parameter in shipped.parameters()) == 170_960
    assert sum(alpha.numel() for alpha in shipped.selection) == 335
    assert sum(p.numel() for p in shipped.convolutions.parameters()) == 166_464


def test_the_supernet_finds_the_targets_of_real_images(data, shipped):
    # All 64 first test images give an IoU of 0.7370, as the specification says; 4 are quicker.
    nuaa = open_folder(data / "NUAA-SIRST", resize_masks=True)
    batches = plain_batches(nuaa.test[:4], size=256, batch=4, normalisation=nuaa.normalisation)
    images, masks = next(batches.epoch(0))

    with torch.no_grad():
        found = shipped(images) > 0

    truth = masks > 0
    assert (found & truth).sum() / (found | truth).sum() > 0.6


def test_another_file_is_no_supernet(golden, tmp_path):
    torch.save({"state_dict": {"conv.weight": torch.zeros(1)}}, tmp_path / "other.pt")
    (tmp_path / "text.pt").write_text("no checkpoint")

    for name in ("other.pt", "text.pt", "absent.pt"):
        with pytest.raises(RunInvalid, match=name):
            load_reference_supernet(tmp_path / name)
