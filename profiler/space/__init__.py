"""The search space: the meta nested architecture, topologies, gene files and networks."""

from profiler.space.gene import Gene, gene_text, parse_gene, read_gene, write_gene
from profiler.space.known import KNOWN_TOPOLOGIES, known_topology
from profiler.space.meta import BLOCKS, CHANNELS, SPACES, MetaSpace, SpaceOptions, grid, named_space
from profiler.space.networks import (
    CellCandidates,
    cell_candidates,
    network,
    random_networks,
    skeleton,
    space_operations,
    uniform_network,
)
from profiler.space.topology import ActiveCell, Decode, Topology, sequential_input

__all__ = [
    "BLOCKS",
    "CHANNELS",
    "KNOWN_TOPOLOGIES",
    "SPACES",
    "ActiveCell",
    "CellCandidates",
    "Decode",
    "Gene",
    "MetaSpace",
    "SpaceOptions",
    "Topology",
    "cell_candidates",
    "gene_text",
    "grid",
    "known_topology",
    "named_space",
    "network",
    "parse_gene",
    "random_networks",
    "read_gene",
    "sequential_input",
    "skeleton",
    "space_operations",
    "uniform_network",
    "write_gene",
]
