"""
A graph's module as straight-line code.

``GraphModule`` looks every node up while it runs, about a microsecond each: nothing beside a
convolution on a CPU, and a share of what launching one on a GPU costs.  What is timed is the code
one would have written by hand; it is also what ``torch.compile`` keeps apart, because every
module has code of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import fx

from profiler.backends.torch_module import GraphModule


def straight(module: GraphModule) -> fx.GraphModule:
    """Return *module* as straight-line code that shares its weights."""
    return fx.GraphModule(module, _Tracer(len(module.graph.inputs)).trace(module))


class _Tracer(fx.Tracer):
    """Traces a module that takes any number of tensors, here *count* of them."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def iter(self, obj: fx.Proxy) -> Iterator[fx.Proxy]:
        """Return the tensors, which is what the module goes through."""
        return iter([obj[index] for index in range(self._count)])  # type: ignore[index]
