"""How far campaigns are: rows and counts put together as they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import cast

from lut_server.adaptive.repository import AdaptiveRepository
from lut_server.adaptive.views import adaptive_view, together
from lut_server.campaigns.repository import CampaignRepository
from lut_server.clock import Clock, iso
from lut_server.devices.service import DeviceService
from lut_server.documents import from_document
from lut_server.models import CampaignRow, CampaignTargetRow
from lut_server.wire import CampaignState, CampaignView, JobState, TargetView
from profiler.device import Environment
from profiler.errors import CampaignUnknown
from profiler.summary import MIN_KEPT_ROUNDS

JOB_STATES: tuple[JobState, ...] = ("queued", "leased", "done", "failed", "cancelled")

PAUSED = "the campaign is paused; hna campaign resume lets it go on"


class Progress:
    """Tells how far campaigns are, in one transaction."""

    def __init__(
        self,
        campaigns: CampaignRepository,
        adaptive: AdaptiveRepository,
        devices: DeviceService,
        clock: Clock,
    ) -> None:
        self._campaigns = campaigns
        self._adaptive = adaptive
        self._devices = devices
        self._clock = clock

    def find(self, campaign_id: str) -> CampaignRow:
        """Return a campaign's row, or raise ``CampaignUnknown``."""
        row = self._campaigns.find(campaign_id)
        if row is None:
            raise CampaignUnknown(
                f"no campaign has id {campaign_id!r}; GET /v1/campaigns lists them"
            )
        return row

    def get(self, campaign_id: str) -> CampaignView:
        """Return a campaign as it is shown, or raise ``CampaignUnknown``."""
        return self.view(self.find(campaign_id))

    def view(self, row: CampaignRow) -> CampaignView:
        """Return a campaign as it is shown: in all, and for each of its tables."""
        targets = self._targets(row)
        return CampaignView(
            id=row.id,
            name=row.name,
            state=cast(CampaignState, row.state),
            priority=row.priority,
            created_at=row.created_at,
            targets=targets,
            notes=tuple(row.notes),
            requested=sum(target.requested for target in targets),
            already_measured=sum(target.already_measured for target in targets),
            jobs=_in_order(_sum(target.jobs for target in targets)),
            measured=sum(target.measured for target in targets),
            gaps=sum(target.gaps for target in targets),
            suspect=sum(target.suspect for target in targets),
            waiting_for=_waiting_for(targets),
            adaptive=together([target.adaptive for target in targets]),
        )

    def _targets(self, row: CampaignRow) -> tuple[TargetView, ...]:
        now_s = self._clock().timestamp()
        devices = self._campaigns.devices(row.id)
        jobs = self._campaigns.jobs_by_state(row.id, now_s)
        measured, gaps = self._campaigns.measured(row.id), self._campaigns.gap_digests(row.id)
        postponed_s = self._campaigns.postponed_until_s(row.id, now_s)
        adaptive = self._adaptive.targets(row.id)

        def view(target: CampaignTargetRow) -> TargetView:
            at = target.position
            good, counts = measured.get(at, {}), jobs.get(at, {})
            fingerprints = devices.get(at, [])
            chosen = adaptive_view(adaptive.get(at), row.state, counts)
            waiting = self._reason(row, counts, fingerprints, postponed_s.get(at))
            if row.state == "paused" and chosen is not None and chosen.stage != "finished":
                waiting = PAUSED
            return TargetView(
                table=target.table_name,
                device_model=target.device_model,
                environment=from_document(Environment, target.environment),
                devices=tuple(fingerprints),
                requested=target.requested,
                already_measured=target.already_measured,
                jobs=_in_order(_cancelled(counts) if row.state == "cancelled" else counts),
                measured=len(good),
                gaps=len(gaps.get(at, set()) - good.keys()),
                suspect=sum(rounds < MIN_KEPT_ROUNDS for rounds in good.values()),
                waiting_for=waiting,
                adaptive=chosen,
            )

        return tuple(view(target) for target in self._campaigns.targets(row.id))

    def _reason(
        self,
        row: CampaignRow,
        counts: Mapping[str, int],
        fingerprints: Sequence[str],
        until_s: float | None,
    ) -> str | None:
        """Return why a target with work left stands still, where that is known here."""
        if row.state == "cancelled" or counts.get("leased", 0) or not counts.get("queued", 0):
            return None
        if row.state == "paused":
            return PAUSED
        withheld = [self._devices.withheld(fingerprint) for fingerprint in fingerprints]
        if all(withheld):
            others = f" (and {len(withheld) - 1} more devices)" if len(withheld) > 1 else ""
            return f"{withheld[0]}{others}"
        if until_s is None:
            return None
        moment = iso(datetime.fromtimestamp(until_s, UTC))
        return (
            f"others disturbed some operations; they are measured again from {moment[:19]} UTC on"
        )


def _waiting_for(targets: Iterable[TargetView]) -> str | None:
    """Return what all targets with work left wait for, if none of them goes on."""
    unfinished = [target for target in targets if not target.finished]
    if any(target.waiting_for is None for target in unfinished):
        return None
    reasons = dict.fromkeys(cast(str, target.waiting_for) for target in unfinished)
    return "; ".join(reasons) or None


def _cancelled(counts: Mapping[str, int]) -> dict[str, int]:
    """Count what is queued as cancelled: nobody will get it."""
    queued = counts.get("queued", 0)
    others = {state: count for state, count in counts.items() if state != "queued"}
    return others | ({"cancelled": queued} if queued else {})


def _sum(counted: Iterable[Mapping[JobState, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for counts in counted:
        for state, count in counts.items():
            total[state] = total.get(state, 0) + count
    return total


def _in_order(counts: Mapping[str, int]) -> dict[JobState, int]:
    return {state: counts[state] for state in JOB_STATES if state in counts}
