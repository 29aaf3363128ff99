"""
Candidate sets by the names HNA-NAS gives them: its ``--candidates_type`` (spec/hna_nas.md 3.1).

The order of a set is the order of the architecture parameters.  ``Identity`` and ``Zero`` are no
sets: the reference knows the names and cannot build them.
"""

from __future__ import annotations

from profiler.errors import OperationInvalid
from profiler.operations import ALL_CANDIDATES, DEFAULT_CANDIDATES

_RES = ("3x3_ResConv", "5x5_ResConv", "7x7_ResConv")
_GROUP = ("3x3_GroupConv2", "3x3_GroupConv4", "3x3_GroupConv8")
_SPA = ("3x3_SpaConv", "5x5_SpaConv", "7x7_SpaConv")
_DEPTH = ("3x3_DepthSC", "5x5_DepthSC", "7x7_DepthSC")
_PROXYLESS = tuple(f"{k}x{k}_MBConv{e}" for k in (3, 5, 7) for e in (3, 6))

CANDIDATE_SETS: dict[str, tuple[str, ...]] = {
    "whole": DEFAULT_CANDIDATES,
    "Res_Group_Spa_MBConv": DEFAULT_CANDIDATES,
    "Res_Group": (*_RES, *_GROUP),
    "Res_Group_Spa": (*_RES, *_GROUP, *_SPA),
    "ResConv": _RES,
    "GroupConv": _GROUP,
    "SpaConv": _SPA,
    "DepthSC": _DEPTH,
    "MBInverted": ("3x3_MBConv2", "3x3_MBConv4", "3x3_MBConv6"),
    "Proxyless": _PROXYLESS,
    "single": ("3x3_ResConv",),
    "single_Spa": ("3x3_SpaConv",),
    "Res_Group_Spa_MBConv_15": (*_PROXYLESS, *_RES, *_GROUP, *_SPA),
}
"""
``whole`` and ``Res_Group_Spa_MBConv`` are one set, that of the shipped searches.

``Res_Group_Spa_MBConv_15`` is the older set of the CPU network of 26 October 2023; it had the name
without the number then.
"""


def candidate_set(name: str) -> tuple[str, ...]:
    """
    Return the candidates a name stands for, in order.

    Args:
        name: of ``CANDIDATE_SETS``, or of one candidate, which is a set of its own.

    >>> candidate_set("MBInverted"), candidate_set("7x7_SpaConv")
    (('3x3_MBConv2', '3x3_MBConv4', '3x3_MBConv6'), ('7x7_SpaConv',))

    Raises:
        OperationInvalid: neither a set nor a candidate of the reference has that name.
    """
    if name in CANDIDATE_SETS:
        return CANDIDATE_SETS[name]
    if name in ALL_CANDIDATES:
        return (name,)
    raise OperationInvalid(
        f"no candidate set is called {name!r}; the sets are {', '.join(CANDIDATE_SETS)}, and "
        f"every candidate alone: {', '.join(ALL_CANDIDATES)}"
    )
