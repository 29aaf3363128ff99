"""Rules about campaigns: what is measured, on which devices, what is known, what goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import uuid4

from lut_server.campaigns.planning import plan_campaign
from lut_server.campaigns.progress import Progress
from lut_server.campaigns.repository import CampaignRepository
from lut_server.campaigns.selecting import Selected
from lut_server.clock import Clock, iso
from lut_server.devices.choosing import Chosen, choose
from lut_server.devices.service import DeviceService
from lut_server.documents import from_document, to_document
from lut_server.jobs.repository import JobRepository
from lut_server.models import CampaignDeviceRow, CampaignRow, CampaignTargetRow
from lut_server.tables.service import TableService
from lut_server.wire import CampaignRequest, CampaignState, CampaignView, GapView, PersonsState
from profiler.device import environment_digest, table_name
from profiler.errors import CampaignConflict, CampaignOver
from profiler.measurement import Gap
from profiler.operations import Operation

OVER = ("finished", "cancelled")
"""States that nothing follows."""


class CampaignService:
    """What can be done with campaigns."""

    def __init__(
        self,
        campaigns: CampaignRepository,
        jobs: JobRepository,
        devices: DeviceService,
        tables: TableService,
        clock: Clock,
    ) -> None:
        self._campaigns = campaigns
        self._jobs = jobs
        self._devices = devices
        self._tables = tables
        self._clock = clock
        self._progress = Progress(campaigns, devices, clock)

    def start(self, request: CampaignRequest, selected: Selected) -> CampaignView:
        """
        Queue what the tables do not hold yet, or only as suspect.

        Args:
            request: what was asked for.
            selected: the operations that are meant.

        Raises:
            DeviceUnknown: no device is meant.
            EnvironmentUnknown: a device does not offer the environment.
            CampaignConflict: the id is of a campaign that asked for something else.
        """
        asked = hashlib.sha256(request.model_dump_json().encode()).hexdigest()
        known = None if request.id is None else self._campaigns.find(request.id)
        if known is not None:
            return self._progress.view(_same(known, asked))
        chosen = choose(self._devices.all(), request.devices, request.environment)
        row = CampaignRow(
            id=request.id or uuid4().hex,
            name=request.name,
            state="running",
            priority=request.priority,
            created_at=iso(self._clock()),
            request_sha256=asked,
            notes=list(selected.notes),
        )
        self._campaigns.add([row])
        for position, devices in enumerate(_by_table(chosen)):
            self._add_target(row, position, devices, request, selected.operations)
        self._jobs.finish_campaign(row.id)
        return self._progress.get(row.id)

    def all(self, state: CampaignState | None = None) -> tuple[CampaignView, ...]:
        """Return the campaigns, or those in one state, the newest first."""
        return tuple(self._progress.view(row) for row in self._campaigns.all(state))

    def get(self, campaign_id: str) -> CampaignView:
        """Return a campaign and how far it is, or raise ``CampaignUnknown``."""
        return self._progress.get(campaign_id)

    def change_state(self, campaign_id: str, state: PersonsState) -> CampaignView:
        """
        Pause a campaign, let it go on, or cancel it; what is leased goes on in any case.

        Raises:
            CampaignUnknown: there is none of that id.
            CampaignOver: it is over, and something else than to cancel it was asked.
        """
        row = self._progress.find(campaign_id)
        if row.state not in OVER:
            row.state = state
        elif state != "cancelled":
            raise CampaignOver(
                f"campaign {campaign_id} is {row.state}, which is for good; start another one"
            )
        return self._progress.view(row)

    def change_priority(self, campaign_id: str, priority: int) -> CampaignView:
        """Say how soon a campaign is worked on, or raise ``CampaignUnknown``."""
        row = self._progress.find(campaign_id)
        row.priority = priority
        return self._progress.view(row)

    def gaps(self, campaign_id: str) -> tuple[GapView, ...]:
        """Return what could not be measured, and why."""
        self._progress.find(campaign_id)
        return tuple(
            GapView(job_id=job_id, session_id=row.session_id, gap=from_document(Gap, row.document))
            for row, job_id in self._campaigns.gaps(campaign_id)
        )

    def _add_target(
        self,
        row: CampaignRow,
        position: int,
        devices: Sequence[Chosen],
        request: CampaignRequest,
        operations: Sequence[Operation],
    ) -> None:
        """Queue what the table of some devices lacks, for any of them."""
        view, environment = devices[0]
        table = table_name(view.device.model, environment)
        held = frozenset() if request.remeasure else self._tables.trusted_keys(table)
        plan = plan_campaign(operations, held, request.operations_per_job)
        target = CampaignTargetRow(
            campaign_id=row.id,
            position=position,
            table_name=table,
            device_model=view.device.model,
            environment_digest=environment_digest(environment),
            environment=to_document(environment),
            requested=plan.requested,
            already_measured=plan.already_measured,
        )
        self._campaigns.add([target])
        self._campaigns.add(
            [
                CampaignDeviceRow(
                    campaign_id=row.id,
                    target_position=position,
                    fingerprint=each.device.fingerprint,
                )
                for each, _ in devices
            ]
        )
        self._jobs.add(row.id, position, plan.jobs)


def _same(known: CampaignRow, asked: str) -> CampaignRow:
    if known.request_sha256 != asked:
        raise CampaignConflict(
            f"campaign {known.id} is there and asked for something else; give this one another id"
        )
    return known


def _by_table(chosen: Sequence[Chosen]) -> list[list[Chosen]]:
    """Return the devices that share a table together, in order of the first of each."""
    groups: dict[str, list[Chosen]] = {}
    for view, environment in chosen:
        name = table_name(view.device.model, environment)
        groups.setdefault(name, []).append((view, environment))
    return list(groups.values())
