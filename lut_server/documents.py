"""
Values as the JSON documents of the store, and back, exactly as pydantic writes them on the wire.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from profiler.errors import HnaError

T = TypeVar("T")


class JsonText(str):
    """A document that was already written as JSON; the store's JSON columns take it as it is."""

    __slots__ = ()


def to_json(value: Any) -> JsonText:
    """
    Return *value*, a dataclass without infinite numbers, as the JSON text of its document.

    What ``to_document`` and the store would make of it in two steps, in one, and without a Python
    object for every sample.
    """
    return JsonText(adapter(type(value)).dump_json(value), "utf-8")


def write_json(document: Any) -> str:
    """Return *document* as JSON; how every engine of the store writes its JSON columns."""
    return document if isinstance(document, JsonText) else json.dumps(document)


def to_document(value: Any) -> dict[str, Any]:
    """Return *value*, a dataclass, as plain JSON values."""
    document: dict[str, Any] = adapter(type(value)).dump_python(value, mode="json")
    return document


def from_document(kind: type[T], document: Any) -> T:
    """Return the value of type *kind* that *document* holds."""
    value: T = adapter(kind).validate_python(document)
    return value


def require_finite(document: Any, what: str) -> None:
    """
    Check that JSON can hold every number of *document*.

    Raises:
        HnaError: one is infinite or not a number.
    """
    try:
        json.dumps(document, allow_nan=False)
    except ValueError as error:
        raise HnaError(
            f"{what} holds a number that is infinite or none; leave out what could not be read"
        ) from error


def adapter(kind: Any) -> TypeAdapter[Any]:
    """Return pydantic's reader and writer of the type *kind*, made once."""
    return _made(kind)


@cache
def _made(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
