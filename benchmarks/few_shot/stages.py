"""
What an FBNet network is made of, by traits of its operations: skipping, kernel, expansion, groups.

22 layers in seven stages, each choosing among ``k3_e1``, ``k3_e1_g2``, ``k3_e3``, ``k3_e6``,
``k5_e1``, ``k5_e1_g2``, ``k5_e3``, ``k5_e6`` and ``skip`` (Wu et al., CVPR 2019, tables 1 and 2).
"""

from __future__ import annotations

import numpy as np

from profiler.summary import Array

STAGES = (0, *(1,) * 4, *(2,) * 4, *(3,) * 4, *(4,) * 4, *(5,) * 4, 6)
"""Stage of each layer; images shrink and channels grow between stages."""

TRAITS = np.array(
    [
        [0, 0, 1 / 3, 0],
        [0, 0, 1 / 3, 1],
        [0, 0, 1, 0],
        [0, 0, 2, 0],
        [0, 1, 1 / 3, 0],
        [0, 1, 1 / 3, 1],
        [0, 1, 1, 0],
        [0, 1, 2, 0],
        [1, 0, 0, 0],
    ]
)
"""Of each operation: skips, 5 x 5, a third of the expansion, grouped."""


def total_traits(chosen: Array) -> Array:
    """Return the traits of all layers together; *chosen* has shape (networks, 22, 9)."""
    total: Array = np.sum(chosen @ TRAITS, axis=1)
    return total


def stage_traits(chosen: Array) -> Array:
    """Return the traits of each stage, of unit length on average; shape (networks, 28)."""
    traits, stages = chosen @ TRAITS, np.array(STAGES)
    sums = [np.sum(traits[:, stages == stage], axis=1) for stage in range(max(STAGES) + 1)]
    return unit(np.hstack(sums))


def position_traits(chosen: Array) -> Array:
    """Return the traits of each layer, of unit length on average; shape (networks, 88)."""
    return unit((chosen @ TRAITS).reshape(len(chosen), -1))


def unit(columns: Array) -> Array:
    """Return *columns* centred, rows of unit length on average."""
    centred = columns - np.mean(columns, axis=0)
    scaled: Array = centred / np.sqrt(np.mean(np.sum(centred**2, axis=1)))
    return scaled
