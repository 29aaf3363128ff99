"""
The history of the schema; every step is a file in ``versions``.

* 0001 (2026-11) the first.
* 0002 (2026-11) health of devices, tokens; the version is Alembic's to keep.

``alembic_version`` holds the version of a database and is the only place that does.  A step that
was released is never edited; what must change is another step.  There are no steps back: a copy
made before an upgrade is the way back.
"""
