"""
Options of a backend as a user types them: ``name=value`` texts to what ``create`` takes.

What a backend knows is the signature of its ``create``: names, types and defaults are declared
there and nowhere else.  Values are checked by the backend itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from inspect import Parameter, signature
from typing import Any, get_args

from profiler.backends.registry import creator
from profiler.errors import BackendUnavailable

Option = int | float | str
Options = dict[str, Option]


def backend_options(backend: str, texts: Sequence[str] = (), *, threads: int = 1) -> Options:
    """
    Return the options to open *backend* with.

    Args:
        backend: its name in the registry.
        texts: ``name=value``, such as ``mode=cuda_graph``.
        threads: of one inference; 1 is every backend's default.

    Raises:
        BackendUnavailable: a text that is none, an option the backend does not have, or a value
            of another type.
        ExtraMissing: a package the backend needs is not installed.
    """
    given = [f"threads={threads}"] if threads != 1 else []
    return parse_options(backend, creator(backend), (*given, *texts))


def parse_options(backend: str, create: Callable[..., Any], texts: Iterable[str]) -> Options:
    """
    Return *texts* as arguments of *create*.

    >>> def create(*, threads: int = 1, layout: str = "nchw") -> None: ...
    >>> parse_options("torch", create, ["threads=2", "layout=nhwc"])
    {'threads': 2, 'layout': 'nhwc'}

    Raises:
        BackendUnavailable: see ``backend_options``.
    """
    known = signature(create, eval_str=True).parameters
    options: Options = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not value:
            raise BackendUnavailable(f"option {text!r} of {backend}; write name=value")
        if name not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise BackendUnavailable(f"{backend} has no option {name!r}; {has}")
        if name in options:
            raise BackendUnavailable(f"option {name} of {backend} is given twice; keep one")
        options[name] = _value(backend, known[name], value)
    return options


def _value(backend: str, parameter: Parameter, text: str) -> Option:
    kinds = get_args(parameter.annotation) or (parameter.annotation,)
    read, needed = next((_READERS[kind] for kind in kinds if kind in _READERS), (str, "a text"))
    try:
        return read(text)
    except (KeyError, ValueError) as error:
        raise BackendUnavailable(
            f"option {parameter.name}={text} of {backend}; {needed} is needed, and the default is "
            f"{parameter.default}"
        ) from error


_READERS: dict[Any, tuple[Callable[[str], Option], str]] = {
    bool: ({"on": True, "off": False}.__getitem__, "on or off"),
    int: (int, "a whole number"),
    float: (float, "a number"),
}
"""What reads a text as a value of a type, and what to call such a value; else it stays a text."""
