"""
Shipped runs as run folders of this project.

A network becomes ``network.json`` and ``weights.safetensors``, which every command reads; a
stage-1 supernet becomes the gene it selects.  ``reference.json`` beside them says which files they
are from and how those were read.
"""

from __future__ import annotations

from pathlib import Path

from profiler.backends.torch_module import torch_module
from profiler.errors import DataInvalid, RunInvalid
from profiler.space import Gene, Topology, gene_text, read_gene, write_gene
from search.data.normalisation import IMAGENET
from search.reference.checkpoint import Checkpoint, read_checkpoint
from search.reference.configuration import ReferenceConfiguration, read_configuration
from search.reference.dnanet import dnanet_of
from search.reference.imported import (
    GENE_FILE,
    ImportedNetwork,
    ImportedTopology,
    file_identity,
    normalisation_document,
    require_free,
    write_provenance,
)
from search.reference.networks import fill
from search.reference.normalisation import (
    ChosenNormalisation,
    named_normalisation,
    recognised_normalisation,
)
from search.reference.release import ReleaseFiles, find_release
from search.reference.supernet import supernet_of
from search.saved_network import save_network
from search.stage1.selection import gene_of
from search.zoo import zoo_state

_DNANET = ChosenNormalisation(
    normalisation=IMAGENET, why="ImageNet's, which DNANet is always trained with"
)


def import_reference(
    source: Path,
    run: Path,
    *,
    gene: Path | None = None,
    checkpoint: Path | None = None,
    size: int = 256,
    normalisation: str | None = None,
) -> ImportedNetwork | ImportedTopology:
    """
    Import what the official release ships at *source* into the run folder *run*.

    Args:
        source: a run's folder or its checkpoint, or the checkpoint of a stage-1 supernet or of a
            DNANet.
        run: the folder to write; new, empty, or of an earlier import.
        gene: the gene file of a network; searched for beside and above it unless given.
        checkpoint: the checkpoint of a network; the best epoch's unless given.
        size: H and W the network runs at unless told otherwise, in pixels.
        normalisation: a name of ``normalisation.NAMES``; recognised unless given.

    Raises:
        RunInvalid: a file is absent, unreadable or of another architecture, or *run* holds a run
            of something else.
        DataInvalid: configuration or gene cannot be used, or fit no network together.
        OperationInvalid: the network cannot run at this size.
    """
    require_free(run)
    if source.is_file():
        read = read_checkpoint(source)
        if read.kind == "supernet":
            return import_supernet(read, run)
        if read.kind == "dnanet":
            return import_dnanet(read, run, size=size, normalisation=normalisation)
        source, checkpoint = _folder_of(source), source
    files = find_release(source, gene=gene, checkpoint=checkpoint)
    return import_network(files, run, size=size, normalisation=normalisation)


def import_supernet(checkpoint: Checkpoint, run: Path) -> ImportedTopology:
    """
    Write the gene a stage-1 supernet selects into the folder *run*.

    Raises:
        RunInvalid: not the shipped supernet, or a file could not be written.
    """
    gene = gene_of(supernet_of(checkpoint).alphas)
    write_provenance(run, checkpoint)
    write_gene(run / GENE_FILE, gene)
    return ImportedTopology(run=run, gene=gene)


def import_dnanet(
    checkpoint: Checkpoint, run: Path, *, size: int = 256, normalisation: str | None = None
) -> ImportedNetwork:
    """
    Write a DNANet into the folder *run*; widths, depth and heads are read off its shapes.

    Args, results and errors are those of ``import_reference``.
    """
    network = dnanet_of(checkpoint.state, size=size)
    module = torch_module(network)
    module.load_state_dict(zoo_state(checkpoint.state, network))
    chosen = named_normalisation(normalisation) if normalisation else _DNANET
    save_network(network, module, run, normalisation=chosen.normalisation)
    write_provenance(run, checkpoint, normalisation=normalisation_document(chosen))
    return ImportedNetwork(run=run, network=network, normalisation=chosen)


def import_network(
    files: ReleaseFiles, run: Path, *, size: int = 256, normalisation: str | None = None
) -> ImportedNetwork:
    """
    Write the network of a shipped run into the folder *run*.

    Args, results and errors are those of ``import_reference``.
    """
    configuration = read_configuration(files.configuration)
    gene = read_gene(files.gene)
    topology = _topology(gene, files.gene, configuration)
    network = configuration.network(topology, size=size)
    checkpoint = _network_checkpoint(files.checkpoint)
    module = torch_module(network)
    placeholders = fill(module, checkpoint.state, topology, checkpoint.file)
    chosen = (
        named_normalisation(normalisation)
        if normalisation
        else recognised_normalisation(network, module, files.dataset)
    )
    save_network(network, module, run, normalisation=chosen.normalisation)
    write_provenance(
        run,
        checkpoint,
        configuration=file_identity(files.configuration),
        gene={**file_identity(files.gene), "text": gene_text(gene)},
        decode="compat",
        add_decoder=configuration.add_decoder,
        skipped=topology.skipped,
        placeholders=placeholders,
        dataset=files.dataset,
        normalisation=normalisation_document(chosen),
    )
    return ImportedNetwork(
        run=run,
        network=network,
        normalisation=chosen,
        skipped=topology.skipped,
        placeholders=placeholders,
    )


def _topology(gene: Gene, path: Path, configuration: ReferenceConfiguration) -> Topology:
    topology = Topology.from_picks(gene.picks, "compat", add_decoder=configuration.add_decoder)
    if topology.levels != configuration.levels:
        raise DataInvalid(
            f"{path} is for {topology.levels} levels and {configuration.file} for "
            f"{configuration.levels}; name the gene this network was searched with"
        )
    return topology


def _network_checkpoint(path: Path) -> Checkpoint:
    checkpoint = read_checkpoint(path)
    if checkpoint.kind != "network":
        raise RunInvalid(
            f"{path} is the checkpoint of a {checkpoint.kind}, not of a searched network; "
            f"its first name is {next(iter(checkpoint.state))}"
        )
    return checkpoint


def _folder_of(checkpoint: Path) -> Path:
    folder = checkpoint.parent
    return folder.parent if folder.name == "checkpoint" else folder
