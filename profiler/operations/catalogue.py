"""
Candidate operations by the name HNA-NAS gives them (spec/hna_nas.md section 3.1).

A candidate is a name such as ``3x3_GroupConv4``; at a position of the network (channels, size,
blocks) it becomes an operation.  The order of ``DEFAULT_CANDIDATES`` is the order of the
architecture parameters.

There is no candidate that makes zeros: a cell is priced apart from its readers, and they would
pay for the zeros they read.  Stage 1 removes an input for good, and its readers become narrower.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from profiler.errors import OperationInvalid
from profiler.operations.candidates import (
    Identity,
    InvertedConv,
    NarrowResidualConv,
    NarrowSpatialConv,
    ResidualConv,
    SpatialConv,
)

CandidateOperation = (
    ResidualConv | SpatialConv | InvertedConv | NarrowResidualConv | NarrowSpatialConv | Identity
)

KERNELS = (3, 5, 7)

DEFAULT_CANDIDATES = (
    "3x3_MBConv2",
    "3x3_MBConv4",
    "5x5_MBConv6",
    "3x3_ResConv",
    "5x5_ResConv",
    "7x7_ResConv",
    "3x3_GroupConv2",
    "3x3_GroupConv4",
    "3x3_GroupConv8",
    "3x3_SpaConv",
    "5x5_SpaConv",
    "7x7_SpaConv",
)
"""The 12 candidates of every cell in the shipped search (``Res_Group_Spa_MBConv``)."""

ALL_CANDIDATES = (
    *(f"{k}x{k}_DepthSC" for k in KERNELS),
    *(f"{k}x{k}_MBConv{e}" for k in KERNELS for e in (2, 3, 4, 5, 6)),
    *(f"{k}x{k}_ResConv" for k in KERNELS),
    *(f"3x3_GroupConv{g}" for g in (2, 4, 8)),
    *(f"{k}x{k}_SpaConv" for k in KERNELS),
)
"""Every name the reference can construct."""

NEW_CANDIDATES = (
    *(f"{k}x{k}_ResConv_half" for k in KERNELS),
    *(f"{k}x{k}_SpaConv_half" for k in KERNELS),
    "Identity",
)
"""Names the reference does not have."""

EXTENDED_CANDIDATES = (*DEFAULT_CANDIDATES, "3x3_ResConv_half", "3x3_SpaConv_half", "Identity")
"""The candidates of the shipped search and, after them, the cheapest of the new ones."""

_NAME = re.compile(
    r"([1-9][0-9]*)x\1_(DepthSC|MBConv|ResConv_half|ResConv|GroupConv|SpaConv_half|SpaConv)"
    r"((?:[1-9][0-9]*)?)"
)
_LETTERS = {
    "MBConv": "I",
    "DepthSC": "D",
    "ResConv": "R",
    "GroupConv": "G",
    "SpaConv": "S",
    "ResConv_half": "r",
    "SpaConv_half": "s",
    "Identity": "P",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """
    Where in a network a candidate stands.

    Args:
        channels_in: C of the fused input.
        channels_out: C of the output.
        height: H, in pixels.
        width: W, in pixels.
        blocks: M, how many blocks are stacked.
        batch: N, the number of images.
    """

    channels_in: int
    channels_out: int
    height: int
    width: int
    blocks: int = 1
    batch: int = 1


def candidate_at(name: str, position: Position) -> CandidateOperation:
    """
    Return the operation a candidate is at a position.

    A GroupConv whose groups do not divide the channels falls back to one group, as in the
    reference (spec 3.2); it is then equal to the ResConv, and so is its key.

    >>> image = Position(channels_in=3, channels_out=8, height=32, width=32)
    >>> candidate_at("3x3_GroupConv4", image) == candidate_at("3x3_ResConv", image)
    True

    Raises:
        OperationInvalid: no candidate has that name.
    """
    kernel, family, number = _parse(name)
    where: dict[str, Any] = {
        "batch": position.batch,
        "channels_in": position.channels_in,
        "channels_out": position.channels_out,
        "height": position.height,
        "width": position.width,
    }
    if family == "Identity":
        return Identity(**where)
    where |= {"blocks": position.blocks, "kernel": kernel}
    match family:
        case "SpaConv":
            return SpatialConv(**where)
        case "SpaConv_half":
            return NarrowSpatialConv(**where)
        case "ResConv_half":
            return NarrowResidualConv(**where)
        case "MBConv" | "DepthSC":
            return InvertedConv(expansion=number, **where)
    divides = position.channels_in % number == 0 and position.channels_out % number == 0
    return ResidualConv(groups=number if divides else 1, **where)


def candidate_label(name: str) -> str:
    """
    Return the two characters by which Fig. 9 of the paper draws a candidate.

    A block of half the width has the letter of the whole one in lower case; the identity, which
    passes its input on or projects it, is P1.

    >>> candidate_label("5x5_MBConv6"), candidate_label("7x7_SpaConv_half")
    ('I6', 's7')
    """
    kernel, family, number = _parse(name)
    return f"{_LETTERS[family]}{number if family in ('MBConv', 'GroupConv') else kernel}"


def _parse(name: str) -> tuple[int, str, int]:
    """Return kernel, family, and groups or expansion (1 where the name has no number)."""
    if name == "Identity":
        return 1, name, 1
    match = _NAME.fullmatch(name) if isinstance(name, str) else None
    numbered = match is not None and match[2] in ("MBConv", "GroupConv")
    if match is None or bool(match[3]) != numbered:
        raise OperationInvalid(
            f"no candidate is called {name!r}; the names are "
            f"{', '.join((*ALL_CANDIDATES, *NEW_CANDIDATES))}"
        )
    return int(match[1]), match[2], int(match[3] or 1)
