"""
Which operations a campaign asks for.

A search space is expanded by the functions the search itself uses, so both ask for the same keys.
A model is read by a process of its own, which takes a while: no transaction waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lut_server.wire import CampaignRequest, SpaceSelection
from profiler.backends.replayed import replays
from profiler.device import Environment
from profiler.errors import OperationUnsupported
from profiler.onnx_cells.contents import Contents, unpriced_line
from profiler.onnx_cells.reader import contents_of
from profiler.operations import ForeignOperation, Operation, operation_label
from profiler.space import (
    MetaSpace,
    Topology,
    known_topology,
    named_space,
    parse_gene,
    random_networks,
    space_operations,
)
from profiler.space.candidate_sets import candidate_set
from profiler.space.inputs import input_operations

NOT_WHOLE = (
    "the model is from elsewhere: its operations are measured, the whole is not; a sum of their "
    "rows stands for it"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """
    What a campaign has measured.

    Args:
        operations: equal ones may be in it several times.
        notes: what of its model is not measured.
    """

    operations: tuple[Operation, ...]
    notes: tuple[str, ...] = ()


def select(request: CampaignRequest) -> Selected:
    """
    Return what a campaign has measured; to be used outside of transactions.

    Raises:
        OperationInvalid: the model cannot be read.
        OperationUnsupported: nothing of the model can be measured.
        HnaError: there is no such space, topology or gene.
    """
    if request.model is not None:
        return selected_of(contents_of(request.model))
    if request.space is not None:
        return Selected(operations=operations_of_space(request.space))
    return Selected(operations=request.operations)


def selected_of(contents: Contents) -> Selected:
    """Return a model's operations: with the whole where it is known what network it is."""
    if contents.network is not None:
        return Selected(operations=(*contents.operations, contents.network))
    unpriced = unpriced_line(contents.unpriced)
    if not contents.operations:
        raise OperationUnsupported(f"nothing of the model can be measured: {unpriced}")
    notes = (NOT_WHOLE, unpriced) if contents.unpriced else (NOT_WHOLE,)
    return Selected(operations=contents.operations, notes=notes)


def require_measurable(
    operations: Sequence[Operation], environments: Iterable[Environment]
) -> None:
    """
    Check that no device is asked for what is known by name only, unless it replays such names.

    Raises:
        OperationUnsupported: one is; names the first operation.
    """
    foreign = [each for each in operations if isinstance(each, ForeignOperation)]
    if not foreign:
        return
    replayed = [replays(environment) for environment in environments]
    unknown = [each for each in foreign if any(each.format != format for format in replayed)]
    if unknown:
        raise OperationUnsupported(
            f"{len(unknown)} operation(s) are known by name only and cannot be measured; the first "
            f"is {operation_label(unknown[0])}: import their table instead"
        )


def operations_of_space(selection: SpaceSelection) -> tuple[Operation, ...]:
    """
    Return the operations of a search space, as a search would ask for them.

    Raises:
        HnaError: there is no such space, topology or gene, or it has not so many networks.
    """
    space = _space(selection)
    if selection.parts == "inputs":
        return input_operations(space)
    topology = _topology(selection, space)
    networks = random_networks(space, topology, selection.networks, selection.seed)
    return (*space_operations(space, topology), *networks)


def _space(selection: SpaceSelection) -> MetaSpace:
    names = [name for each in selection.candidates for name in candidate_set(each)]
    return named_space(
        selection.channels,
        selection.backbone,
        height=selection.height,
        width=selection.width,
        batch=selection.batch,
        options=selection.options,
        candidates=tuple(dict.fromkeys(names)) or None,
    )


def _topology(selection: SpaceSelection, space: MetaSpace) -> Topology:
    if selection.gene is None:
        return known_topology(selection.topology, space.levels, selection.decode)
    gene = parse_gene(selection.gene, "the gene", space.levels)
    return Topology.from_picks(gene.picks, selection.decode)
