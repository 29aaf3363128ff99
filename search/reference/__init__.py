"""
What the official HNA-NAS release ships, read under our names (spec/hna_nas.md section 8).

Checkpoints are read as tensors, never as code.  Topologies are decoded ``compat``, which is how
the shipped networks were built; nothing else of this project reads a gene that way.
"""

from search.reference.checkpoint import Checkpoint, read_checkpoint
from search.reference.configuration import ReferenceConfiguration, read_configuration
from search.reference.imported import ImportedNetwork, ImportedTopology
from search.reference.importing import (
    import_dnanet,
    import_network,
    import_reference,
    import_supernet,
)
from search.reference.networks import candidate_parameter, network_state
from search.reference.release import ReleaseFiles, find_release
from search.reference.supernet import load_reference_supernet, supernet_state

__all__ = [
    "Checkpoint",
    "ImportedNetwork",
    "ImportedTopology",
    "ReferenceConfiguration",
    "ReleaseFiles",
    "candidate_parameter",
    "find_release",
    "import_dnanet",
    "import_network",
    "import_reference",
    "import_supernet",
    "load_reference_supernet",
    "network_state",
    "read_checkpoint",
    "read_configuration",
    "supernet_state",
]
