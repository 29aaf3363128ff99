"""Files whose rows tables were given, and bundles of whole tables."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lut_server.wire.message import Message
from profiler.formats import About, Unit
from profiler.lint import Finding

OnErrors = Literal["refuse", "drop", "keep"]
"""What becomes of a file with rows that cannot be right: nothing, the others, all of it."""

PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
Word = Annotated[str, Field(min_length=1, max_length=200, pattern=PRINTABLE)]
FileName = Annotated[str, Field(min_length=1, max_length=255, pattern=PRINTABLE)]


class ImportQuery(Message):
    """What is said of a file: the query of ``POST /v1/tables/imports``."""

    source: FileName = "a file"
    format: Word | None = None
    device_model: Word | None = None
    runtime: Word | None = None
    runtime_version: Word | None = None
    provider: Word | None = None
    precision: Word | None = None
    threads: Annotated[int, Field(ge=1, le=10_000)] | None = None
    option: tuple[Word, ...] = ()
    power_mode: Word | None = None
    unit: Unit | None = None
    errors: OnErrors = "refuse"

    def about(self) -> About:
        """Return it as the formats read it."""
        return About(options=self.option, **self.model_dump(exclude={"option", "format", "errors"}))


class ImportView(Message):
    """
    A file whose rows a table was given.

    Args:
        rows: how many the table was given.
        dropped: keys of the rows that cannot be right and were left out.
        findings: what the linter says of the file's rows, the worst first; at most 1,000.
    """

    id: str
    table: str
    format: str
    source: str
    sha256: str
    created_at: str
    rows: int
    dropped: tuple[str, ...]
    findings: tuple[Finding, ...]


class ImportReceipt(Message):
    """What the server made of a file: one import for each of its tables."""

    new: int
    imports: tuple[ImportView, ...]


class BundleQuery(Message):
    """What is said of a bundle: the query of ``POST /v1/tables/bundles``."""

    source: FileName = "a bundle"
    signer: Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$")] | None = None


class BundleReceipt(Message):
    """What the server made of a bundle; what it has already is not stored again."""

    table: str
    stored: int
    duplicates: int
    given: int
    certificates: int
    signed_by: str | None
