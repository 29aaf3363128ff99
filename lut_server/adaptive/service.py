"""
Deciding what adaptive campaigns measure next: look, think, keep.

Looking and keeping are short transactions; thinking takes seconds and happens between them.  Who
keeps a decision says after which step it was made and checks that the target still waits for it:
a second server that thought about the same, a campaign that was paused or cancelled meanwhile, or
a crash on the way change nothing.  All of a decision is kept in one transaction.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy.orm import Session

from lut_server.adaptive.deciding import decide
from lut_server.adaptive.known import Decision, Known
from lut_server.adaptive.plan import Plan, Progress
from lut_server.adaptive.repository import AdaptiveRepository, Due
from lut_server.campaigns.planning import plan_campaign
from lut_server.clock import Clock
from lut_server.database import Database
from lut_server.documents import from_document, to_document
from lut_server.jobs.repository import JobRepository
from lut_server.models import AdaptiveTargetRow, CampaignTargetRow
from lut_server.tables.given import GivenEntries
from lut_server.tables.repository import TableRepository
from lut_server.tables.service import TableService
from lut_server.tables.shelf import TableShelf
from lut_server.triages.repository import gap_digests
from lut_server.wire import Stage
from profiler.device import Environment
from profiler.errors import HnaError, StoreFailed, TableUnknown
from profiler.operations import Operation, operation_digest, operation_key
from profiler.table import INFERRED, Table
from profiler.transfer import usable_sources

LONGEST_S = 120.0
"""How long a thought takes at most, in seconds; after that somebody else may think the same."""


class Adaptive:
    """
    Decides for adaptive campaigns; to be used outside of transactions.

    Args:
        database: where they are.
        shelf: hands out tables.
        clock: tells the time, in UTC.
    """

    def __init__(self, database: Database, shelf: TableShelf, clock: Clock) -> None:
        self._database = database
        self._shelf = shelf
        self._clock = clock

    def decide_all(self) -> int:
        """Decide for every target that waits for it; return how many decisions were kept."""
        with self._database.reading() as session:
            waiting = AdaptiveRepository(session).due(self._now_s(), LONGEST_S)
        return sum(self.decide(due) for due in waiting)

    def decide(self, due: Due) -> bool:
        """Decide for one target; return whether the decision was kept."""
        if not self.claim(due):
            return False
        known = self.look(due)
        return known is not None and self.keep(due, known, self.think(known))

    def claim(self, due: Due) -> bool:
        """Say that we think about a target; return whether nobody else does."""
        with self._database.writing() as session:
            return AdaptiveRepository(session).claim(due, self._now_s(), LONGEST_S)

    def look(self, due: Due) -> Known | None:
        """Return what is known of a target; None if it waits for no decision any more."""
        with self._database.reading() as session:
            targets = AdaptiveRepository(session)
            found = targets.find(due)
            if found is None:
                return None
            row, target, _ = found
            empty = _empty_table(session, target)
            by_digest = {operation_digest(o): o for o in targets.wanted(due.campaign_id)}
            asked, spent_s = targets.asked(due), targets.spent_s(due)
            gaps = gap_digests(session, target.table_name)
            plan = from_document(Plan, row.plan)
            stage, steps = cast(Stage, row.stage), row.steps
        table = self._table(empty)
        wanted = tuple(by_digest.values())
        return Known(
            plan=plan,
            stage=stage,
            steps=steps,
            table=table,
            wanted=wanted,
            asked=_keys(by_digest, asked),
            gaps=_keys(by_digest, gaps),
            sources=self._sources(table, wanted) if plan.onboarding else (),
            spent_s=spent_s,
        )

    def think(self, known: Known) -> Decision:
        """Return the decision; one that cannot be made ends the target and says why."""
        try:
            return decide(known)
        except StoreFailed:
            raise
        except HnaError as error:
            return Decision(stage="finished", notes=(f"{known.table.name}: {error}",))

    def keep(self, due: Due, known: Known, decision: Decision) -> bool:
        """
        Keep a decision: its jobs, its rows, and how far the target is.

        Returns:
            Whether it was kept; not if it was made already, or is not wanted any more.
        """
        with self._database.writing() as session:
            targets, jobs = AdaptiveRepository(session), JobRepository(session)
            found = targets.find(due)
            if found is None:
                targets.release(due)
                return False
            row, target, campaign = found
            self._give(session, known.table, decision)
            plan = plan_campaign(decision.next, (), known.plan.operations_per_job)
            jobs.add(due.campaign_id, due.position, plan.jobs, first=targets.jobs(due))
            target.requested = target.already_measured + len(targets.asked(due))
            row.stage, row.steps, row.thinking_until_s = decision.stage, row.steps + 1, None
            row.progress = to_document(self._progress(session, known, decision))
            campaign.notes = list(dict.fromkeys((*campaign.notes, *decision.notes)))
            session.flush()
            jobs.finish_campaign(due.campaign_id)
        return True

    def _table(self, empty: Table) -> Table:
        try:
            return self._shelf.current(empty.name).table
        except TableUnknown:
            return empty

    def _sources(self, table: Table, wanted: tuple[Operation, ...]) -> tuple[Table, ...]:
        """Return the tables of others that can teach one."""
        precision = table.environment.precision
        with self._database.reading() as session:
            names = [
                row.name
                for row in TableRepository(session).all()
                if row.name != table.name and row.environment.get("precision") == precision
            ]
        others = [self._shelf.current(name).table for name in names]
        return usable_sources(table, others, wanted)

    def _give(self, session: Session, table: Table, decision: Decision) -> None:
        if not decision.given:
            return
        TableService(session, self._shelf, self._clock).ensure_model(
            table.device_model,
            table.environment,
            simulated=table.simulated,
            emulated=table.emulated,
        )
        GivenEntries(session).add(table.name, decision.given, None)

    def _progress(self, session: Session, known: Known, decision: Decision) -> Progress:
        keys = [operation_key(each) for each in known.left]
        kinds = GivenEntries(session).kinds(known.table.name, INFERRED)
        counted = [kinds[key] for key in keys if key in kinds]
        return Progress(
            wanted=len(known.wanted),
            measured=sum(operation_key(each) in known.measured for each in known.wanted),
            transferred=counted.count("transferred"),
            predicted=counted.count("predicted"),
            gaps=len(set(known.gaps) - known.measured),
            worst_error=decision.worst_error,
            spent_s=known.spent_s,
        )

    def _now_s(self) -> float:
        return self._clock().timestamp()


def first_row(campaign_id: str, position: int, plan: Plan, wanted: int) -> AdaptiveTargetRow:
    """Return a target for which nothing was decided yet."""
    return AdaptiveTargetRow(
        campaign_id=campaign_id,
        target_position=position,
        plan=to_document(plan),
        stage="handful" if plan.onboarding else "narrowing",
        steps=0,
        progress=to_document(Progress(wanted=wanted)),
    )


def _empty_table(session: Session, target: CampaignTargetRow) -> Table:
    """Return the table of a target with nothing in it."""
    kind = AdaptiveRepository(session).kind(target.device_model)
    return Table(
        device_model=target.device_model,
        environment=from_document(Environment, target.environment),
        entries=(),
        simulated=kind.simulated,
        emulated=kind.emulated,
    )


def _keys(by_digest: dict[str, Operation], digests: frozenset[str]) -> frozenset[str]:
    return frozenset(operation_key(by_digest[each]) for each in digests if each in by_digest)
