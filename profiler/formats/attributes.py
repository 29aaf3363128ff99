"""
What the name of a foreign operation says of it: kernel, stride, channels and the like.

A published table knows its operations by texts, and the texts are regular.  They are read here,
each by the rule of its format, and never stored beside the name.  What a name does not say is
absent, never zero; a name that follows no known rule says nothing.

Attributes have one vocabulary over all formats: ``type``, ``batch``, ``channels_in``,
``channels_middle``, ``channels_se`` (squeeze and excitation), ``channels_out``, ``height``,
``width``, ``height_out``, ``width_out``, ``kernel``, ``stride``, ``dilation``, ``groups``,
``blocks``, ``expansion``, ``idskip`` (1: the input is added to the result), ``activation``,
``order`` of a tensor, and for whole networks ``model`` and ``component``, or what was chosen at
each place of their space: ``edge_0_1`` (from node 0 to node 1) or ``layer_0``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from profiler.operations.foreign import ForeignOperation

Attributes = dict[str, float | str]

_PROXYLESS = re.compile(
    r"(?P<type>\w+)-input:(?P<height>\d+)x(?P<width>\d+)x(?P<channels_in>\d+)"
    r"-output:(?:(?P<height_out>\d+)x(?P<width_out>\d+)x)?(?P<channels_out>\d+)"
    r"(?:-expand:(?P<expansion>\d+))?(?:-kernel:(?P<kernel>\d+))?"
    r"(?:-stride:(?P<stride>\d+))?(?:-idskip:(?P<idskip>\d+))?"
)
_FASTERSEG = re.compile(
    r"(?P<type>[A-Za-z]+(?:_downup_)?(?:(?P<blocks>\d+)x)?)_H(?P<height>\d+)_W(?P<width>\d+)"
    r"_C(?:in)?(?P<channels_in>\d+)(?:_Cout(?P<channels_out>\d+))?"
    r"(?:_kernel(?P<kernel>\d+))?(?:_stride(?P<stride>\d+))?(?:_dilation(?P<dilation>\d+))?"
)
_TFNAS = re.compile(
    r"(?P<type>[A-Za-z]+)_(?P<height>\d+)_(?P<channels_in>\d+)_(?P<channels_se>\d+)"
    r"_(?P<channels_out>\d+)_k(?P<kernel>\d+)_s(?P<stride>\d+)_(?P<activation>[a-z]+)"
    r"/(?P<channels_middle>\d+)"
)
_NASBENCH201 = re.compile(
    r"\|(?P<edge_0_1>\w+)~0\|\+\|(?P<edge_0_2>\w+)~0\|(?P<edge_1_2>\w+)~1\|"
    r"\+\|(?P<edge_0_3>\w+)~0\|(?P<edge_1_3>\w+)~1\|(?P<edge_2_3>\w+)~2\|"
)
_FBNET_BLOCKS = re.compile(r"(?:k\d+_e\d+(?:_g\d+)?|skip)(?:\|(?:k\d+_e\d+(?:_g\d+)?|skip))+")
_FBNET_ARGUMENT = re.compile(r'name: "(?P<name>\w+)"\s+(?:i: (?P<number>\d+)|s: "(?P<text>\w+)")')
_FBNET_NUMBERS = {
    "kernel": "kernel",
    "kernel_h": "kernel",
    "stride": "stride",
    "stride_h": "stride",
    "dilation": "dilation",
    "group": "groups",
}
_AXES = {"N": "batch", "C": "channels_in", "H": "height", "W": "width"}


def attributes_of(operation: ForeignOperation) -> dict[str, float | str]:
    """
    Return what the name of *operation* says; nothing where no rule of its format reads it.

    >>> attributes_of(ForeignOperation(format="fasterseg", name="ff_H32_W64_C256"))
    {'type': 'ff', 'height': 32, 'width': 64, 'channels_in': 256}
    >>> attributes_of(ForeignOperation(format="somebody", name="a text of theirs"))
    {}
    """
    reader = _READERS.get(operation.format)
    return {} if reader is None else reader(operation.name)


def _proxylessnas(name: str) -> Attributes:
    """
    Read a name of ProxylessNAS or Once-for-All.

    >>> _proxylessnas("Logits-input:7x7x1280-output:1000")
    {'type': 'Logits', 'height': 7, 'width': 7, 'channels_in': 1280, 'channels_out': 1000}
    """
    return _said(_PROXYLESS.fullmatch(name))


def _fasterseg(name: str) -> Attributes:
    """
    Read a name of FasterSeg; ``BasicResidual2x`` has two convolutions.

    >>> said = _fasterseg("BasicResidual_downup_2x_H64_W128_Cin96_Cout192_stride1_dilation1")
    >>> said["type"], said["blocks"], said["channels_out"]
    ('BasicResidual_downup_2x', 2, 192)
    """
    return _said(_FASTERSEG.fullmatch(name))


def _tfnas(name: str) -> Attributes:
    """
    Read a name of TF-NAS: a block, and after the slash the channels inside it.

    >>> said = _tfnas("MBInvertedResBlock_112_16_0_24_k3_s2_relu/96")
    >>> said["width"], said["kernel"], said["channels_se"], said["channels_middle"]
    (112, 3, 0, 96)
    >>> _tfnas("base")
    {'type': 'base'}
    """
    if name == "base":
        return {"type": name}
    said = _said(_TFNAS.fullmatch(name))
    return said | {"width": said["height"]} if said else said


def _aihub(name: str) -> Attributes:
    """
    Read a name we made of AI Hub's columns: a model, and which of its networks.

    >>> _aihub("whisper_tiny/HfWhisperEncoder")
    {'type': 'network', 'model': 'whisper_tiny', 'component': 'HfWhisperEncoder'}
    """
    model, slash, component = name.partition("/")
    return {"type": "network", "model": model, "component": component} if slash else {}


def _nasbench201(name: str) -> Attributes:
    """
    Read a cell of NAS-Bench-201: the operation of each edge.

    >>> _nasbench201("|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|")["edge_0_3"]
    'skip_connect'
    """
    said = _said(_NASBENCH201.fullmatch(name))
    return {"type": "network", **said} if said else said


def _fbnet_space(name: str) -> Attributes:
    """
    Read a network of FBNet's space: the block of each layer.

    >>> _fbnet_space("k3_e1|skip")
    {'type': 'network', 'layer_0': 'k3_e1', 'layer_1': 'skip'}
    """
    if not _FBNET_BLOCKS.fullmatch(name):
        return {}
    blocks = {f"layer_{index}": block for index, block in enumerate(name.split("|"))}
    return {"type": "network", **blocks}


def _fbnet(name: str) -> Attributes:
    r"""
    Read a name we made of a row of FBNet: type, arguments, shapes and types of the inputs.

    >>> _fbnet('["Conv",["name: \\"kernel\\"\\ni: 3\\n"],[[1,8,32,32],[16,8,3,3]],[1,1]]')
    ... # doctest: +NORMALIZE_WHITESPACE
    {'type': 'Conv', 'kernel': 3, 'batch': 1, 'channels_in': 8, 'height': 32, 'width': 32,
     'channels_out': 16}
    """
    try:
        row = json.loads(name)
    except (ValueError, RecursionError):
        return {}
    match row:
        case [str(kind), list(arguments), [*shapes], list()]:
            said = {"type": kind} | _arguments(arguments)
            return said | _shapes(shapes, str(said.get("order", "NCHW")), "Conv" in kind)
        case _:
            return {}


def _arguments(arguments: list[Any]) -> Attributes:
    said: Attributes = {}
    for argument in arguments:
        match = _FBNET_ARGUMENT.match(str(argument))
        if match is None:
            continue
        if match["name"] == "order" and match["text"]:
            said["order"] = match["text"]
        if match["name"] in _FBNET_NUMBERS and match["number"]:
            said[_FBNET_NUMBERS[match["name"]]] = int(match["number"])
    return said


def _shapes(shapes: list[Any], order: str, convolution: bool) -> Attributes:
    """Read the shape of the input and, of a convolution, that of its weights."""
    said: Attributes = {}
    match shapes:
        case [[int(), int(), int(), int()] as sizes, *_] if sorted(order) == sorted(_AXES):
            by_axis = dict(zip(order, sizes, strict=True))
            said = {name: by_axis[axis] for axis, name in _AXES.items()}
    match shapes:
        case [_, [int(channels_out), int(), int(), int()], *_] if convolution:
            said["channels_out"] = channels_out
    return said


def _said(match: re.Match[str] | None) -> Attributes:
    """Return the groups a text had, numbers as numbers."""
    groups: Mapping[str, str | None] = {} if match is None else match.groupdict()
    return {
        name: int(text) if text.isdecimal() else text
        for name, text in groups.items()
        if text is not None
    }


_READERS: dict[str, Callable[[str], Attributes]] = {
    "proxylessnas": _proxylessnas,
    "fasterseg": _fasterseg,
    "tfnas": _tfnas,
    "aihub": _aihub,
    "fbnet": _fbnet,
    "nasbench201": _nasbench201,
    "fbnet_space": _fbnet_space,
}
