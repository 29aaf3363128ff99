"""Rules about campaigns: what is measured, on which devices, what is known, what goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import uuid4

from lut_server.adaptive.plan import Plan, plan_for
from lut_server.adaptive.repository import AdaptiveRepository
from lut_server.adaptive.service import first_row
from lut_server.adaptive.wishes import wish_row
from lut_server.campaigns.planning import plan_campaign
from lut_server.campaigns.progress import Progress
from lut_server.campaigns.repository import CampaignRepository
from lut_server.campaigns.selecting import Selected, require_measurable
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
from profiler.operations import Operation, operation_key

OVER = ("finished", "cancelled")
"""States that nothing follows."""


class CampaignService:
    """What can be done with campaigns."""

    def __init__(
        self,
        campaigns: CampaignRepository,
        adaptive: AdaptiveRepository,
        jobs: JobRepository,
        devices: DeviceService,
        tables: TableService,
        clock: Clock,
    ) -> None:
        self._campaigns = campaigns
        self._adaptive = adaptive
        self._jobs = jobs
        self._devices = devices
        self._tables = tables
        self._clock = clock
        self._progress = Progress(campaigns, adaptive, devices, clock)

    def start(self, request: CampaignRequest, selected: Selected) -> CampaignView:
        """
        Queue what the tables do not hold yet, or only as suspect.

        Of a table for which the server chooses, nothing is queued yet: choosing takes longer than
        a request should (``lut_server.adaptive``).

        Args:
            request: what was asked for.
            selected: the operations that are meant.

        Raises:
            DeviceUnknown: no device is meant.
            EnvironmentUnknown: a device does not offer the environment.
            OperationUnsupported: an operation is known by name only, and a device replays none.
            CampaignConflict: the id is of a campaign that asked for something else.
        """
        asked = hashlib.sha256(request.model_dump_json().encode()).hexdigest()
        known = None if request.id is None else self._campaigns.find(request.id)
        if known is not None:
            return self._progress.view(_same(known, asked))
        chosen = choose(self._devices.all(), request.devices, request.environment)
        require_measurable(selected.operations, (environment for _, environment in chosen))
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
        wanted = list({operation_key(each): each for each in selected.operations}.values())
        plans = [
            self._add_target(row, position, devices, request, wanted)
            for position, devices in enumerate(_by_table(chosen))
        ]
        if any(plans):
            self._adaptive.add(wish_row(row.id, wanted))
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
    ) -> Plan | None:
        """Queue what the table of some devices lacks, for any of them; return how to choose."""
        view, environment = devices[0]
        table = table_name(view.device.model, environment)
        held = frozenset() if request.remeasure else self._tables.trusted_keys(table)
        adaptive = plan_for(request, [each for each, _ in devices])
        plan = plan_campaign(operations, held, request.operations_per_job)
        known = sum(operation_key(each) in held for each in operations)
        target = CampaignTargetRow(
            campaign_id=row.id,
            position=position,
            table_name=table,
            device_model=view.device.model,
            environment_digest=environment_digest(environment),
            environment=to_document(environment),
            requested=plan.requested if adaptive is None else known,
            already_measured=plan.already_measured if adaptive is None else known,
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
        if adaptive is None:
            self._jobs.add(row.id, position, plan.jobs)
        else:
            self._adaptive.add(first_row(row.id, position, adaptive, len(operations)))
        if known < len(operations):
            self._tables.expect(table)
        return adaptive


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
