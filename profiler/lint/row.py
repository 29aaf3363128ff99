"""
A row of a table as the rules read it: what kind of operation, and how big.

Rows are of one family if they differ in numbers only.  Foreign operations say what their names
say (``profiler.formats.attributes``); ours say what their fields say.  Whole networks have no
size: their family is the network, and no rule calls one bigger than another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

from profiler.operations import (
    Border,
    Concat,
    ForeignOperation,
    Operation,
    PlacedOperation,
    Resize,
    SegmentationNetwork,
)
from profiler.operations.network import ReducedNetwork
from profiler.table import Entry

Attributes = Mapping[str, float | str]
AttributeReader = Callable[[ForeignOperation], Attributes]
"""What the name of a foreign operation says."""

GROWING = (
    *("batch", "pixels", "kernel", "blocks", "expansion"),
    *("channels_in", "channels_middle", "channels_se", "channels_out"),
)
"""Sizes of which more is more work, where all else is equal.  Stride and groups are not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    One row of a table.

    Args:
        key: of its operation.
        entry: the row itself.
        family: what it is, as texts.
        sizes: the numbers of its operation; ``pixels`` for height and width together.
    """

    key: str
    entry: Entry
    family: tuple[tuple[str, str], ...]
    sizes: dict[str, float]

    @property
    def latency_us(self) -> float:
        """The row's latency."""
        return self.entry.latency_us

    @property
    def scale_us(self) -> float:
        """What noise is relative to: the latency with the border it was measured in."""
        return self.entry.latency_us + self.entry.border_us


def row_of(entry: Entry, attributes: AttributeReader) -> Row:
    """Return *entry* as the rules read it, the name of a foreign operation read by *attributes*."""
    operation = entry.operation
    said = dict(_said(operation, attributes))
    texts = {name: text for name, text in said.items() if isinstance(text, str)}
    sizes = {name: float(number) for name, number in said.items() if name not in texts}
    family = {"kind": _kind(operation), "widens": _widens(sizes), **texts}
    return Row(
        key=entry.key,
        entry=entry,
        family=tuple(sorted(family.items())),
        sizes=_with_pixels(sizes),
    )


def _kind(operation: Operation) -> str:
    match operation:
        case ForeignOperation():
            return f"foreign {operation.format}"
        case PlacedOperation():
            return f"placed {operation.operation.kind}"
        case _:
            return operation.kind


def _widens(sizes: Mapping[str, float]) -> str:
    """Tell whether its channels change: where they do not, a shortcut needs no convolution."""
    same = sizes.get("channels_in") == sizes.get("channels_out")
    return "no" if same else "yes"


def _said(operation: Operation, attributes: AttributeReader) -> Attributes:
    if isinstance(operation, SegmentationNetwork | ReducedNetwork):
        return {}
    match operation:
        case ForeignOperation():
            return _without_blocks(attributes(operation))
        case PlacedOperation():
            sizes = ", ".join("x".join(map(str, asked)) for asked in operation.resampled)
            inner = _numbers(operation.operation)
            return inner | {"sources": len(operation.sources), "resampled": sizes}
        case Concat() | Border():
            joined = {"sources": len(operation.channels), "channels_in": sum(operation.channels)}
            return _numbers(operation) | joined
        case Resize():
            said = _numbers(operation)
            out = {"height_out": operation.height, "width_out": operation.width}
            return said | out | {"height": said["height_in"], "width": said["width_in"]}
        case _:
            return _numbers(operation)


def _numbers(operation: object) -> dict[str, float | str]:
    """Return the fields of *operation* that are numbers."""
    values = {f.name: getattr(operation, f.name) for f in fields(operation)}  # type: ignore[arg-type]
    numbers = {name: value for name, value in values.items() if isinstance(value, int)}
    if "channels" in numbers:
        numbers["channels_in"] = numbers.pop("channels")
    return dict(numbers)


def _without_blocks(said: Attributes) -> Attributes:
    """Return *said* with the number of blocks taken out of the type, where it is in both."""
    if "blocks" not in said or "type" not in said:
        return said
    return {**said, "type": str(said["type"]).replace(f"{said['blocks']}x", "")}


def _with_pixels(sizes: dict[str, float]) -> dict[str, float]:
    """Return *sizes* with pixels for height and width, and how much fewer come out."""
    kept = {
        name: value for name, value in sizes.items() if not name.startswith(("height", "width"))
    }
    if "height" not in sizes or "width" not in sizes:
        return kept
    kept["pixels"] = sizes["height"] * sizes["width"]
    if "height_out" in sizes and "width_out" in sizes:
        kept["shrinking"] = kept["pixels"] / (sizes["height_out"] * sizes["width_out"])
    return kept
