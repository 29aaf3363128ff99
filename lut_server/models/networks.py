"""Networks that searches found."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lut_server.models.row import Row


class SearchedNetworkRow(Row):
    """A network a search published; written once."""

    __tablename__ = "searched_networks"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    table_name: Mapped[str] = mapped_column(ForeignKey("tables.name"), index=True)
    published_at: Mapped[str] = mapped_column(index=True)
    document: Mapped[dict[str, Any]]
