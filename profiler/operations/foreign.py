"""
Operations of tables made elsewhere, known by name only.

A published table prices operations of other search spaces by texts of its own.  Such a row can be
kept, compared and looked up; it has no graph, so nobody here can measure it or count its MACs.
What a text says of kernel and channels is read by ``profiler.formats``, never stored twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from profiler.errors import OperationInvalid
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS, require_positive

MAX_LENGTH = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignOperation:
    """
    An operation by the name another project gave it.

    Args:
        batch: N, the number of images.
        format: the project or format whose name it is, such as ``proxylessnas``.
        name: as published, such as ``Conv-input:224x224x3-output:112x112x32``.

    Raises:
        OperationInvalid: an empty or endless text, or one that cannot be printed.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    kind: Literal["foreign"] = "foreign"
    batch: int = 1
    format: str
    name: str

    def __post_init__(self) -> None:
        require_positive(self)
        for field, text in (("format", self.format), ("name", self.name)):
            printable = isinstance(text, str) and text.isprintable()
            if not printable or not 1 <= len(text) <= MAX_LENGTH:
                raise OperationInvalid(
                    f"foreign: {field}={text!r:.80} must be 1 to {MAX_LENGTH} printable characters"
                )
