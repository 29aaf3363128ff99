"""
The zoo: published networks by the names the reference and its papers give them.

Each is a value of ``profiler.operations`` and goes wherever a searched network goes: trained,
evaluated, exported, measured on a device.  The zoo holds no weights; ``zoo_state`` reads those of
the reference.  Sources and sizes are in docs/zoo.md.
"""

from search.zoo.networks import BACKBONES, ZOO, zoo_network
from search.zoo.reference import block_parameter, zoo_parameter, zoo_state

__all__ = ["BACKBONES", "ZOO", "block_parameter", "zoo_network", "zoo_parameter", "zoo_state"]
