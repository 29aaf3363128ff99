"""Weights and networks come back from their files as they were."""

from dataclasses import replace

import pytest
import torch

from profiler.errors import RunInvalid
from search.data.normalisation import IMAGENET, normalisation_of
from search.saved_network import NETWORK_FILE, WEIGHTS_FILE, load_network, save_network
from search.weights import load_weights, save_weights


def test_weights_come_back_with_the_normalisation_they_expect(fresh, tmp_path):
    module, other = fresh(1), fresh(2)
    path = save_weights(module, tmp_path / "w.safetensors", normalisation=IMAGENET)

    normalisation = load_weights(other, path)

    assert normalisation == IMAGENET
    assert all(torch.equal(x, module.state_dict()[n]) for n, x in other.state_dict().items())


def test_weights_of_another_network_are_refused(fresh, tmp_path):
    path = save_weights(torch.nn.Conv2d(3, 1, 1), tmp_path / "w", normalisation=IMAGENET)

    with pytest.raises(RunInvalid, match="is of another network: it lacks"):
        load_weights(fresh(), path)


def test_a_file_that_holds_no_weights_is_refused(fresh, tmp_path):
    (tmp_path / "w").write_bytes(b"nothing of the kind")

    with pytest.raises(RunInvalid, match="no readable safetensors file"):
        load_weights(fresh(), tmp_path / "w")
    with pytest.raises(RunInvalid, match="there are no weights"):
        load_weights(fresh(), tmp_path / "absent")


def test_a_saved_network_comes_back_at_any_size(network, fresh, tmp_path):
    module = fresh(3)
    save_network(network, module, tmp_path, normalisation=normalisation_of("NUDT-SIRST"))

    found, loaded, normalisation = load_network(tmp_path, size=48)

    assert found == replace(network, height=48, width=48)
    assert normalisation == normalisation_of("NUDT-SIRST")
    assert loaded(torch.zeros(2, 3, 48, 48)).shape == (2, 1, 48, 48)
    assert all(torch.equal(x, module.state_dict()[n]) for n, x in loaded.state_dict().items())


@pytest.mark.parametrize("content", ["{", '{"kind": "network"}', '{"kind": "head", "channels": 1}'])
def test_a_network_file_that_describes_none_is_refused(network, fresh, tmp_path, content):
    save_network(network, fresh(), tmp_path, normalisation=IMAGENET)
    (tmp_path / NETWORK_FILE).write_text(content)

    with pytest.raises(RunInvalid, match=NETWORK_FILE):
        load_network(tmp_path)


def test_a_run_without_weights_or_network_is_refused(network, fresh, tmp_path):
    with pytest.raises(RunInvalid, match=r"network\.json is absent"):
        load_network(tmp_path)
    save_network(network, fresh(), tmp_path, normalisation=IMAGENET)
    (tmp_path / WEIGHTS_FILE).unlink()
    with pytest.raises(RunInvalid, match=r"weights\.safetensors: there are no weights"):
        load_network(tmp_path)
