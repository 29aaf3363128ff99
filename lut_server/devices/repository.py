"""Queries about devices and the environments they offer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lut_server.documents import to_document
from lut_server.models import DeviceRow, EnvironmentRow
from profiler.device import Environment, environment_digest


class DeviceRepository:
    """Devices in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, fingerprint: str) -> DeviceRow | None:
        """Return a device, if it is registered."""
        return self._session.get(DeviceRow, fingerprint)

    def all(self) -> Sequence[DeviceRow]:
        """Return all devices, by model and fingerprint."""
        order = (DeviceRow.model, DeviceRow.fingerprint)
        return self._session.scalars(select(DeviceRow).order_by(*order)).all()

    def of_model(self, model: str) -> Sequence[DeviceRow]:
        """Return the devices of one model."""
        return self._session.scalars(select(DeviceRow).where(DeviceRow.model == model)).all()

    def add(self, row: DeviceRow) -> None:
        """Add a device."""
        self._session.add(row)
        self._session.flush()

    def environments(self, fingerprint: str) -> Sequence[EnvironmentRow]:
        """Return what a device offers, in the order in which it said so."""
        query = select(EnvironmentRow).where(EnvironmentRow.fingerprint == fingerprint)
        return self._session.scalars(query.order_by(EnvironmentRow.position)).all()

    def replace_environments(self, fingerprint: str, offered: Iterable[Environment]) -> None:
        """Make *offered* what a device offers."""
        known = delete(EnvironmentRow).where(EnvironmentRow.fingerprint == fingerprint)
        self._session.execute(known)
        by_digest = {environment_digest(environment): environment for environment in offered}
        self._session.add_all(
            EnvironmentRow(
                fingerprint=fingerprint,
                digest=digest,
                position=position,
                document=to_document(environment),
            )
            for position, (digest, environment) in enumerate(by_digest.items())
        )
        self._session.flush()
