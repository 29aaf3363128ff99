"""
A trained network from whatever it was kept in: a run folder, weights, or a checkpoint of DNANet.

A run folder says itself what its network is.  Bare weights and checkpoints do not: the caller
names the network, and weights of another one are refused by the names that differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from profiler.backends.torch_module import torch_module
from profiler.errors import DataInvalid
from profiler.operations import BaselineNetwork, Network
from search.any_size import AnySize
from search.data.normalisation import IMAGENET, Normalisation
from search.reference.checkpoint import read_checkpoint
from search.saved_network import NETWORK_FILE, load_network
from search.weights import load_weights
from search.zoo import zoo_state


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trained:
    """
    A network that can be evaluated.

    Args:
        network: what it is.
        module: runs it at any size.
        normalisation: what it was trained with; ImageNet's, as DNANet always, for checkpoints.
    """

    network: Network | BaselineNetwork
    module: AnySize
    normalisation: Normalisation


def load_trained(path: Path, named: BaselineNetwork) -> Trained:
    """
    Return the trained network at *path*.

    Args:
        path: a run folder, a ``.safetensors`` file, or a checkpoint of the reference.
        named: the network of bare weights or of a checkpoint; a run folder knows better.

    Raises:
        RunInvalid: nothing readable there, or the weights of another network.
        DataInvalid: a checkpoint of a network the reference has none of.
    """
    if path.is_dir():
        return _of_run(path)
    if path.suffix == ".safetensors":
        beside = path.parent / NETWORK_FILE
        return _of_run(path.parent) if beside.is_file() else _of_weights(path, named)
    return _of_checkpoint(path, named)


def _of_run(run: Path) -> Trained:
    network, module, normalisation = load_network(run)
    return Trained(network=network, module=AnySize(network, module), normalisation=normalisation)


def _of_weights(path: Path, named: BaselineNetwork) -> Trained:
    module = torch_module(named)
    normalisation = load_weights(module, path)
    return _trained(named, module, normalisation)


def _of_checkpoint(path: Path, named: BaselineNetwork) -> Trained:
    checkpoint = read_checkpoint(path)
    if checkpoint.kind != "dnanet":
        raise DataInvalid(
            f"{path} is of a searched {checkpoint.kind}, which does not say what it is; import it "
            "with its configuration (hna import reference) and name the run folder"
        )
    module = torch_module(named)
    module.load_state_dict(zoo_state(checkpoint.state, named))
    return _trained(named, module, IMAGENET)


def _trained(network: BaselineNetwork, module: nn.Module, normalisation: Normalisation) -> Trained:
    return Trained(network=network, module=AnySize(network, module), normalisation=normalisation)
