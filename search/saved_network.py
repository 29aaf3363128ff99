"""A trained network in a run folder: ``network.json`` says what it is, its weights lie beside."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from torch import nn

from profiler.atomic import write_atomically
from profiler.backends.torch_module import GraphModule, torch_module
from profiler.errors import OperationInvalid, RunInvalid
from profiler.operations import SegmentationNetwork, operation_from_json, operation_to_json
from search.data.normalisation import Normalisation
from search.weights import load_weights, save_weights

NETWORK_FILE = "network.json"
WEIGHTS_FILE = "weights.safetensors"


def save_network(
    network: SegmentationNetwork, module: nn.Module, run: Path, *, normalisation: Normalisation
) -> None:
    """
    Write *network* and the weights of *module* into the folder *run*.

    Raises:
        RunInvalid: a file could not be written.
    """
    document = json.dumps(operation_to_json(network), indent=2) + "\n"
    write_atomically(run / NETWORK_FILE, document.encode())
    save_weights(module, run / WEIGHTS_FILE, normalisation=normalisation)


def load_network(
    run: Path, *, size: int | None = None
) -> tuple[SegmentationNetwork, GraphModule, Normalisation]:
    """
    Return the network in the folder *run*, its trained module and its normalisation.

    Args:
        run: a folder ``save_network`` wrote.
        size: H and W to run at, in pixels; those of the network unless given.

    Raises:
        RunInvalid: a file is absent or not what it should be.
        OperationInvalid: the network cannot run at this size.
    """
    network = read_network(run / NETWORK_FILE)
    if size is not None:
        network = replace(network, height=size, width=size)
    module = torch_module(network)
    normalisation = load_weights(module, run / WEIGHTS_FILE)
    module.eval()
    return network, module, normalisation


def read_network(path: Path) -> SegmentationNetwork:
    """
    Return the network the file at *path* describes, without its weights.

    Raises:
        RunInvalid: no such file, or it describes no network.
    """
    try:
        operation = operation_from_json(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise RunInvalid(f"{path} is absent; name the folder of a finished run") from error
    except (OSError, ValueError, OperationInvalid) as error:
        raise RunInvalid(f"{path} does not describe a network: {error}") from error
    if not isinstance(operation, SegmentationNetwork):
        raise RunInvalid(f"{path} describes a {operation.kind}, not a network")
    return operation
