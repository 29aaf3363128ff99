"""Lists of operations as JSON files."""

from __future__ import annotations

import json
from pathlib import Path

from profiler.errors import OperationInvalid
from profiler.operations import Operation, operation_from_json


def load_operations(path: Path) -> tuple[Operation, ...]:
    """
    Read a JSON list of operations.

    Raises:
        OperationInvalid: names the file, and the item that is no operation.
    """
    try:
        documents = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise OperationInvalid(f"{path} is no list of operations: {error}") from error
    if not isinstance(documents, list):
        raise OperationInvalid(f"{path} holds no JSON list")
    operations = []
    for index, document in enumerate(documents):
        try:
            operations.append(operation_from_json(document))
        except OperationInvalid as error:
            raise OperationInvalid(f"{path}, item {index}: {error}") from error
    return tuple(operations)
