"""
Onboarding one device: ``ask -> agent's own loop until the handful is measured -> look``.

It measures nothing itself and decides nothing: the server chooses the handful and makes the other
rows, the agent measures.  What was killed on the way goes on where it was, since the request has
the same id each time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from device_agents.onboarding.asking import ask, handful_done, until
from device_agents.onboarding.networks import NetworkErrors, network_errors
from device_agents.onboarding.outcome import (
    Outcome,
    rows_by_kind,
    teachers,
    widths_of,
)
from device_agents.start import Opened
from lut_server.client import LutClient
from lut_server.wire import CampaignView, OnboardingRequest
from profiler.errors import ServerRefused
from profiler.table import Table

PATIENCE_S = 300.0
"""How long to stand without work before the handful is done: longer than a lease of an agent that
died, and than the pauses after which disturbed operations are measured again."""

TIMEOUT_S = 120.0
"""How long the server may take over a whole table: what predicts rows may have to be fitted."""

NO_TABLE_YET = "table-unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Onboarding:
    """
    One device's onboarding.

    Args:
        opened: its agent.
        client: asks what came out; more patient than the agent's, which measures meanwhile.
        request: which rows the table is to hold.
        now_s: a monotonic clock, in seconds.
    """

    opened: Opened
    client: LutClient
    request: OnboardingRequest
    now_s: Callable[[], float] = time.monotonic

    def run(self) -> Outcome:
        """
        Have the handful measured, unless it is; return what the table holds then.

        Raises:
            ServerUnreachable: nobody answers to begin with; later, the agent waits.
            ServerRefused: the server does not do this, and says why.
            ProtocolMismatch: the server does not understand this agent.
            BackendUnavailable: the backend cannot be used any more.
        """
        began_s = self.now_s()
        view = ask(self.opened, self.request)
        before = handful_done(view)
        if not before:
            view = self._measure(view.id, handful_done)
        return self._look(view, before, self.now_s() - began_s)

    def go_on(self, outcome: Outcome) -> Outcome:
        """Stay on as an agent until the campaign is finished; return what the table holds then."""
        began_s = self.now_s()
        view = self._measure(outcome.campaign_id, lambda view: view.finished)
        took_s = outcome.took_s + self.now_s() - began_s
        return self._look(view, outcome.before, took_s)

    def _measure(self, campaign_id: str, done: Callable[[CampaignView], bool]) -> CampaignView:
        """Have the agent work until the campaign is that far; return how far it is."""
        self.opened.run(until(self.opened.client, campaign_id, done))
        self.client.reread_token()  # the agent may have been given another one meanwhile
        return self.client.campaign(campaign_id)

    def _look(self, view: CampaignView, before: bool, took_s: float) -> Outcome:
        (target,) = view.targets
        table = _table(self.client, target.table)
        taught_by = () if table is None else teachers(table)
        device, environment = self.opened.described.device, self.opened.described.environment
        adaptive = target.adaptive
        return Outcome(
            device=device.model,
            fingerprint=device.fingerprint,
            environment=environment.label,
            campaign_id=view.id,
            stage="finished" if view.finished or adaptive is None else adaptive.stage,
            before=before,
            took_s=took_s,
            table=target.table,
            version=None if table is None else table.version,
            rows={} if table is None else rows_by_kind(table.entries),
            gaps=target.gaps,
            taught_by=taught_by,
            widths=None if table is None else widths_of(table.entries),
            target_error=self.request.target_error,
            worst_error=None if adaptive is None else adaptive.worst_error,
            networks=None if table is None else self._networks(table, taught_by),
            waiting_for=view.waiting_for,
            notes=view.notes,
        )

    def _networks(self, table: Table, taught_by: tuple[str, ...]) -> NetworkErrors | None:
        sources = [self.client.table(name) for name in taught_by]
        return network_errors(table, sources)


def _table(client: LutClient, name: str) -> Table | None:
    """Return the table with all its rows; None before its first measurement."""
    try:
        return client.table(name, allow=("transferred", "predicted"))
    except ServerRefused as error:
        if error.fields.get("type") != NO_TABLE_YET:
            raise
        return None
