"""
Rows and certificates of older versions.

The rules know the versions a table names and those they are told.  Whether an older runtime was
slower they cannot know.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from profiler.lint.finding import Finding, Known
from profiler.lint.numerals import shown
from profiler.lint.row import Row
from profiler.lint.rows import Rows

Version = tuple[int, ...]

_NUMBERS = re.compile(r"\d+(?:\.\d+)*")


def stale_runtime(rows: Rows, known: Known) -> Iterator[Finding]:
    """Find tables of an older runtime than the one they are to be used with."""
    environment = rows.table.environment
    wanted, has = _version(known.runtime_version), _version(environment.runtime_version)
    if wanted and has and has < wanted:
        yield Finding(
            rule="stale-runtime",
            severity="warning",
            message=(
                f"measured with {environment.runtime} {environment.runtime_version}, and to be "
                f"used with {known.runtime_version}; measure again"
            ),
        )


def stale_rows(rows: Rows, _: Known) -> Iterator[Finding]:
    """Find rows whose origin names an older version of a tool than other rows do."""
    by_tool: dict[str, list[tuple[Version, Row]]] = defaultdict(list)
    for row in rows.rows:
        for tool, text in _origin_versions(row).items():
            by_tool[tool].append((_version(text), row))
    for tool, found in sorted(by_tool.items()):
        newest = max(version for version, _ in found)
        older = tuple(row.key for version, row in found if version < newest)
        if older:
            yield Finding(
                rule="stale-rows",
                severity="warning",
                keys=older,
                message=(
                    f"{len(older)} of {len(found)} rows were made with an older {tool} than "
                    f"{'.'.join(map(str, newest))}: {shown(older)}"
                ),
            )


def certificate_doubts(rows: Rows, known: Known) -> Iterator[Finding]:
    """Say why the table's certificate should not be trusted, where it has one."""
    if known.certificate is None or known.now is None:
        return
    for doubt in known.certificate.doubts(rows.table, known.now):
        yield Finding(rule="certificate", severity="warning", message=doubt)


def _origin_versions(row: Row) -> Mapping[str, str]:
    """Return tool to version as the row's origin names them, under a name with "version" in it."""
    if row.entry.origin is None:
        return {}
    said = _json(row.entry.origin.row)
    found: dict[str, str] = {}
    for name, value in said.items() if isinstance(said, dict) else ():
        if "version" in name.casefold():
            tools = _json(value) if isinstance(value, str) else value
            tools = tools if isinstance(tools, dict) else {name: value}
            found |= {str(tool): str(text) for tool, text in tools.items()}
    return {tool: text for tool, text in found.items() if _version(text)}


def _json(text: str) -> object:
    """Return what *text* says as JSON; itself where it is none, as a row may be any text."""
    try:
        parsed: object = json.loads(text)
    except ValueError:
        return text
    return parsed


def _version(text: str | None) -> Version:
    """Return the first dotted numbers in *text*, without builds; empty where there are none."""
    match = _NUMBERS.search(text or "")
    return tuple(int(part) for part in match[0].split("."))[:3] if match else ()
