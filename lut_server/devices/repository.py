"""Queries about devices and the environments they offer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lut_server.documents import to_document
from lut_server.models import DeviceLabelRow, DeviceRow, EnvironmentRow, JobRow
from profiler.device import Environment, environment_digest


class DeviceRepository:
    """Devices in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, fingerprint: str) -> DeviceRow | None:
        """Return a device, if it is registered."""
        return self._session.get(DeviceRow, fingerprint)

    def saw_holder(self, lease_id: str, at: str) -> None:
        """Note when the device that holds a lease was there."""
        holder = select(JobRow.fingerprint).where(JobRow.lease_id == lease_id)
        change = update(DeviceRow).where(DeviceRow.fingerprint == holder.scalar_subquery())
        unseen = {"synchronize_session": False}
        self._session.execute(change.values(last_seen=at), execution_options=unseen)

    def all(self) -> Sequence[DeviceRow]:
        """Return all devices, by model and fingerprint."""
        order = (DeviceRow.model, DeviceRow.fingerprint)
        return self._session.scalars(select(DeviceRow).order_by(*order)).all()

    def another_of_model(self, model: str, fingerprint: str) -> DeviceRow | None:
        """Return a device of that model that has another fingerprint, if there is one."""
        others = (DeviceRow.model == model, DeviceRow.fingerprint != fingerprint)
        return self._session.scalars(select(DeviceRow).where(*others).limit(1)).first()

    def add(self, row: DeviceRow) -> None:
        """Add a device."""
        self._session.add(row)
        self._session.flush()

    def environments(self, fingerprint: str) -> Sequence[EnvironmentRow]:
        """Return what a device offers, in the order in which it said so."""
        query = select(EnvironmentRow).where(EnvironmentRow.fingerprint == fingerprint)
        return self._session.scalars(query.order_by(EnvironmentRow.position)).all()

    def offered(self) -> dict[str, list[EnvironmentRow]]:
        """Return what all devices offer, by fingerprint, each in its order."""
        order = (EnvironmentRow.fingerprint, EnvironmentRow.position)
        found: dict[str, list[EnvironmentRow]] = {}
        for row in self._session.scalars(select(EnvironmentRow).order_by(*order)):
            found.setdefault(row.fingerprint, []).append(row)
        return found

    def labels(self, fingerprint: str | None = None) -> dict[str, list[DeviceLabelRow]]:
        """Return the labels of all devices or of one, by fingerprint, sorted."""
        query = select(DeviceLabelRow).order_by(DeviceLabelRow.label)
        if fingerprint is not None:
            query = query.where(DeviceLabelRow.fingerprint == fingerprint)
        found: dict[str, list[DeviceLabelRow]] = {}
        for row in self._session.scalars(query):
            found.setdefault(row.fingerprint, []).append(row)
        return found

    def replace_labels(self, fingerprint: str, labels: Iterable[str], given_by: str) -> None:
        """Make *labels* those that an agent, or a person, gave a device."""
        theirs = (DeviceLabelRow.fingerprint == fingerprint, DeviceLabelRow.given_by == given_by)
        self._session.execute(delete(DeviceLabelRow).where(*theirs))
        self._session.add_all(
            DeviceLabelRow(fingerprint=fingerprint, label=label, given_by=given_by)
            for label in dict.fromkeys(labels)
        )
        self._session.flush()

    def holders(self, now_s: float, fingerprint: str | None = None) -> dict[str, str]:
        """Return the campaign whose job each device, or one, holds now, by fingerprint."""
        query = select(JobRow.fingerprint, JobRow.campaign_id)
        live = query.where(JobRow.state == "leased", JobRow.free_at_s > now_s)
        if fingerprint is not None:
            live = live.where(JobRow.fingerprint == fingerprint)
        return {f: campaign for f, campaign in self._session.execute(live) if f is not None}

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
