"""
A database brought to the schema of ``lut_server.models``, from nothing or from an older version.

All steps of an upgrade are one transaction, the caller's, which others that open the database wait
for; they then find nothing to do.  Steps are handed their operations (``op``) instead of using
Alembic's global ones, so that two databases can be opened in one process at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, MigrationStep, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from lut_server.engines.place import Place

FOLDER = Path(__file__).parent

OF_VERSION_1 = "schema_version"
"""The table in which version 1 kept its version, before Alembic did."""

OURS = "measurements"
"""A table every version has, by which a database is known as ours."""


def bring_up_to_date(connection: Connection, place: Place) -> None:
    """
    Make the tables in an empty database; upgrade one of an older version.

    Args:
        connection: in a transaction that nobody else can write beside.
        place: where it leads, for messages.

    Raises:
        StoreInvalid: it is another program's database, or of a version that is not known.
    """
    scripts = ScriptDirectory(str(FOLDER))
    newest = scripts.get_current_head()

    def steps(current: Any, _: MigrationContext) -> Iterable[RevisionStep]:
        missing = reversed(list(scripts.iterate_revisions(newest, current)))
        return [MigrationStep.upgrade_from_script(scripts.revision_map, step) for step in missing]

    context = MigrationContext.configure(connection, opts={"fn": steps})
    known = {step.revision for step in scripts.walk_revisions()}
    found = _version(connection, context, place)
    if found is not None and found not in known:
        raise place.unusable(
            f"its schema has version {found}, this hna-nas knows version {newest}; "
            "install the version of hna-nas that made it"
        )
    if found is not None and context.get_current_revision() is None:
        context.stamp(scripts, found)
    context.run_migrations(op=Operations(context))


@cache
def newest_version() -> str | None:
    """Return the version of the schema that this hna-nas knows."""
    return ScriptDirectory(str(FOLDER)).get_current_head()


def version_of(connection: Connection) -> str | None:
    """Return the version of the schema that a database of ours has."""
    return MigrationContext.configure(connection).get_current_revision()


def _version(connection: Connection, context: MigrationContext, place: Place) -> str | None:
    """Return the version of a database of ours; None where there are no tables."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if OURS not in tables:
        raise place.unusable("it is another program's database")
    kept = context.get_current_revision()
    if kept is not None:
        return kept
    before = OF_VERSION_1 in tables and connection.scalar(
        text(f"SELECT version FROM {OF_VERSION_1}")
    )
    if not before:
        raise place.unusable("it is another program's database")
    return f"{before:04}"
