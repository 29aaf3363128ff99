"""Files as tables, and bundles."""

from __future__ import annotations

from urllib.parse import urlencode

from lut_server.client.connection import Connection, segment
from lut_server.wire import BundleQuery, BundleReceipt, ImportQuery, ImportReceipt, ImportView

OCTETS = "application/octet-stream"


class Imports(Connection):
    """The client's methods about imports."""

    def import_tables(self, data: bytes, query: ImportQuery) -> ImportReceipt:
        """
        Give tables the rows of a file; sending it again changes nothing.

        Args:
            data: the file, possibly compressed with gzip.
            query: what is said of it.
        """
        said = query.model_dump(mode="json", exclude_defaults=True)
        response = self._send(
            "POST",
            f"/v1/tables/imports?{urlencode(said, doseq=True)}",
            data,
            media_type=OCTETS,
            repeatable=True,
        )
        return self._read(ImportReceipt, response)

    def import_bundle(self, data: bytes, query: BundleQuery) -> BundleReceipt:
        """Have the server store what is new in a bundle; sending it again changes nothing."""
        said = query.model_dump(exclude_defaults=True)
        path = f"/v1/tables/bundles?{urlencode(said)}"
        response = self._send("POST", path, data, media_type=OCTETS, repeatable=True)
        return self._read(BundleReceipt, response)

    def imports(self, name: str) -> tuple[ImportView, ...]:
        """Return the files whose rows a table was given, the newest first."""
        return self._ask(tuple[ImportView, ...], "GET", f"/v1/tables/{segment(name)}/imports")
