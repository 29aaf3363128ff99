"""JSON of strangers: no name twice in an object, no NaN, no endless depth, errors in one line."""

from __future__ import annotations

import json
from collections import Counter
from math import isfinite
from typing import Any, NoReturn

from profiler.errors import TableInvalid


def read_json(data: bytes | str, source: str) -> Any:
    """
    Return the value *data* holds.

    Raises:
        TableInvalid: it is no JSON, names something twice, or holds what is no number.
    """
    try:
        text = data if isinstance(data, str) else data.decode()
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_refuse, parse_float=_finite
        )
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False).encode()  # half a character cannot be written
        return value
    except RecursionError as error:
        raise TableInvalid(f"{source} is nested too deeply for a table") from error
    except ValueError as error:
        raise TableInvalid(f"{source} is no JSON: {error}") from error


def decoded(data: bytes, source: str) -> str:
    """Return *data* as text, or raise ``TableInvalid`` where it is not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise TableInvalid(f"{source} is no UTF-8 text: {error}") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"{twice!r:.80} is there twice; keep one")
    return made


def _finite(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _refuse(text)


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number; leave out what could not be measured")
