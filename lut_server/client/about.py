"""What a server says of itself."""

from __future__ import annotations

from pydantic import BaseModel

from lut_server.client.connection import Connection


class _Info(BaseModel):
    version: str


class _Description(BaseModel):
    """As much of the OpenAPI document as says who answers; every version has had that."""

    info: _Info


class About(Connection):
    """The client's method about the server itself."""

    def server_version(self) -> str:
        """Return which version of hna-nas the server runs, as its OpenAPI document says."""
        return self._ask(_Description, "GET", "/openapi.json").info.version
