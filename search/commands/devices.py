"""Devices and budgets as a person types them: ``rpi``, ``rpi=20ms``, ``rpi=800us``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lut_server.client import LutClient
from profiler.errors import RunInvalid
from search.target import Target, find_target

_BUDGET = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s)")
_MICROSECONDS = {"us": 1.0, "ms": 1e3, "s": 1e6}


def find_targets(client: LutClient, wanted: Sequence[str]) -> list[Target]:
    """
    Return the devices a person named, each with its budget where one was given.

    Args:
        client: of the server.
        wanted: such as ``rpi=20ms``; none means the only device there is.

    Raises:
        TableMismatch: a device nobody has, or a name two have.
        RunInvalid: a budget that is none, or a device named twice.
    """
    targets = [find_target(client, *named_device(text)) for text in wanted or [""]]
    tables = [target.table for target in targets]
    for table in tables:
        if tables.count(table) > 1:
            raise RunInvalid(f"two of the devices named share the table {table}; name one of them")
    return targets


def named_device(text: str) -> tuple[str | None, float | None]:
    """
    Return the name of a device and its budget in microseconds.

    >>> named_device("rpi=20ms"), named_device("rpi")
    (('rpi', 20000.0), ('rpi', None))

    Raises:
        RunInvalid: a budget that is none.
    """
    name, equals, budget = text.partition("=")
    if not equals:
        return name or None, None
    match = _BUDGET.fullmatch(budget.strip())
    if match is None or not float(match[1]) > 0:
        raise RunInvalid(
            f"device {text!r}: {budget!r} is no budget; give one as 20ms, 800us or 0.1s"
        )
    return name.strip() or None, float(match[1]) * _MICROSECONDS[match[2]]
