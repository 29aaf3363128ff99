"""Rules about campaigns: what is measured, what is already known, how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

from lut_server.campaigns.planning import plan_campaign
from lut_server.campaigns.repository import CampaignRepository
from lut_server.clock import Clock, iso
from lut_server.devices.service import DeviceService
from lut_server.documents import from_document, to_document
from lut_server.jobs.repository import JobRepository
from lut_server.models import CampaignRow
from lut_server.tables.service import TableService
from lut_server.wire import CampaignRequest, CampaignView, GapView, JobState
from profiler.device import environment_digest, table_name
from profiler.errors import CampaignUnknown
from profiler.measurement import Gap
from profiler.summary import MIN_KEPT_ROUNDS

JOB_STATES: tuple[JobState, ...] = ("queued", "leased", "done", "failed")


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

    def start(self, request: CampaignRequest) -> CampaignView:
        """
        Queue what the table does not hold yet, or only as suspect.

        Raises:
            DeviceUnknown: nobody registered the fingerprint.
            EnvironmentUnknown: the device does not offer the environment.
        """
        device = self._devices.require_environment(request.fingerprint, request.environment)
        table = table_name(device.model, request.environment)
        held = frozenset() if request.remeasure else self._tables.trusted_keys(table)
        plan = plan_campaign(request.operations, held, request.operations_per_job)
        row = CampaignRow(
            id=uuid4().hex,
            name=request.name,
            fingerprint=request.fingerprint,
            environment_digest=environment_digest(request.environment),
            environment=to_document(request.environment),
            table_name=table,
            created_at=iso(self._clock()),
            requested=plan.requested,
            already_measured=plan.already_measured,
        )
        self._campaigns.add(row)
        for position, operations in enumerate(plan.jobs):
            self._jobs.add(row.id, position, operations)
        return self._view(row)

    def all(self) -> tuple[CampaignView, ...]:
        """Return all campaigns, the newest first."""
        return tuple(self._view(row) for row in self._campaigns.all())

    def get(self, campaign_id: str) -> CampaignView:
        """Return a campaign and how far it is, or raise ``CampaignUnknown``."""
        return self._view(self._find(campaign_id))

    def gaps(self, campaign_id: str) -> tuple[GapView, ...]:
        """Return what could not be measured, and why."""
        self._find(campaign_id)
        return tuple(
            GapView(job_id=job_id, session_id=row.session_id, gap=from_document(Gap, row.document))
            for row, job_id in self._campaigns.gaps(campaign_id)
        )

    def _find(self, campaign_id: str) -> CampaignRow:
        row = self._campaigns.find(campaign_id)
        if row is None:
            raise CampaignUnknown(
                f"no campaign has id {campaign_id!r}; GET /v1/campaigns lists them"
            )
        return row

    def _view(self, row: CampaignRow) -> CampaignView:
        counts = self._campaigns.jobs_by_state(row.id, self._clock().timestamp())
        measured = self._campaigns.measured(row.id)
        gaps = {gap.digest for gap, _ in self._campaigns.gaps(row.id)} - measured.keys()
        return CampaignView(
            id=row.id,
            name=row.name,
            fingerprint=row.fingerprint,
            table=row.table_name,
            created_at=row.created_at,
            requested=row.requested,
            already_measured=row.already_measured,
            jobs={state: counts[state] for state in JOB_STATES if state in counts},
            measured=len(measured),
            gaps=len(gaps),
            suspect=sum(good < MIN_KEPT_ROUNDS for good in measured.values()),
            waiting_for=self._waiting_for(row, counts),
        )

    def _waiting_for(self, row: CampaignRow, counts: Mapping[str, int]) -> str | None:
        """Return why a campaign with work left stands still, where that is known here."""
        if counts.get("leased", 0) or not counts.get("queued", 0):
            return None
        withheld = self._devices.withheld(row.fingerprint)
        if withheld is not None:
            return str(withheld)
        until_s = self._campaigns.postponed_until_s(row.id, self._clock().timestamp())
        if until_s is None:
            return None
        moment = iso(datetime.fromtimestamp(until_s, UTC))
        return (
            f"others disturbed some operations; they are measured again from {moment[:19]} UTC on"
        )
