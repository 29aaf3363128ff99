"""
What TensorRT made of a graph, as texts a person can read: which nodes each kernel does.

The engine inspector tells it on the GPU the engine is for.  An engine built for another one cannot
be inspected here; then the builder's own log does, which lists the same layers.
"""

from __future__ import annotations

import json
import re
from typing import Any

_LOGGED = re.compile(r"^Name: (.*?), LayerType: (.*?), .*Metadata: (.*)$", re.MULTILINE)
_NODE = re.compile(r"\[ONNX Layer: ([^\]]*)\]")


def inspected_layers(document: str) -> tuple[str, ...]:
    """
    Return the layers of a document of the engine inspector, or of ``trtexec --exportLayerInfo``.

    Args:
        document: JSON; a layer is a name, or an object where the engine was built to tell more.
            Names of nodes are parted by a control character, which not every release escapes.
    """
    layers: list[Any] = json.loads(document, strict=False)["Layers"]
    return tuple(
        layer
        if isinstance(layer, str)
        else _text(layer["Name"], layer.get("LayerType", ""), layer.get("Metadata", ""))
        for layer in layers
    )


def logged_layers(message: str) -> tuple[str, ...]:
    """Return the layers of the builder's message that lists them; none if it lists none."""
    return tuple(_text(*found) for found in _LOGGED.findall(message))


def _text(name: str, kind: str, metadata: str) -> str:
    nodes = " + ".join(sorted(_NODE.findall(metadata)))
    return " ".join(part for part in (kind, name, f"({nodes})" if nodes else "") if part)
