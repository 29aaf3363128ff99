"""
Schedules: what agents, people, clocks and crashes do to servers, in any order.

Two apps serve one database and are asked in turn.  After every step what they show is compared with
the model; when a schedule is over, so is the table.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import bindparam, select
from starlette.testclient import TestClient

from lut_server.adaptive.repository import AdaptiveRepository
from lut_server.app import create_app
from lut_server.campaigns.progress import Progress
from lut_server.campaigns.repository import CampaignRepository
from lut_server.client import LutClient
from lut_server.clock import iso
from lut_server.devices.repository import DeviceRepository
from lut_server.devices.service import DeviceService
from lut_server.jobs.tick import Tick
from lut_server.models import CampaignTargetRow, JobRow, MeasurementRow, SessionRow
from lut_server.wire import CampaignRequest, DeviceSelection, Report
from profiler.device import table_name
from profiler.errors import LeaseLost, ServerRefused
from tests.lut_server.schedules.model import LEASE_S, OPEN, Campaign, Job, Model

STORED = (
    select(MeasurementRow.id, MeasurementRow.counted)
    .join(SessionRow, SessionRow.id == MeasurementRow.session_id)
    .where(SessionRow.table_name == bindparam("table"))
)
JOBS = (
    select(JobRow.campaign_id, JobRow.position, JobRow.state, JobRow.lease_id, JobRow.free_at_s)
    .join(CampaignTargetRow, CampaignTargetRow.campaign_id == JobRow.campaign_id)
    .where(CampaignTargetRow.table_name == bindparam("table"))
)
MOST_CAMPAIGNS = 3
PER_JOB = 2


class World:
    """Two servers on one database, and a clock; schedules share them and nothing else."""

    def __init__(self, settings, clock, bench):
        self.settings, self.clock, self.bench = settings, clock, bench
        self._apps = [self._started(), self._started()]
        self._ticks = [Tick(), Tick()]
        self._turn = 0

    @property
    def client(self):
        """Return the client of the server whose turn it is."""
        self._turn = 1 - self._turn
        return LutClient(http=self._apps[self._turn])

    @property
    def database(self):
        return self._apps[0].app.state.server.database

    def looks_at_leases(self):
        """Return whether the server whose turn it is next has not looked for a second."""
        return self._ticks[1 - self._turn].due(self.clock.now.timestamp())

    def crash(self, index):
        """Have one server gone with all it knows, and another on the same database."""
        self._apps[index].__exit__(None, None, None)
        self._apps[index], self._ticks[index] = self._started(), Tick()

    def close(self):
        for app in self._apps:
            app.__exit__(None, None, None)

    def _started(self):
        return TestClient(create_app(self.settings, self.clock)).__enter__()


class Schedules(RuleBasedStateMachine):
    def __init__(self, world):
        super().__init__()
        self.world, self.clock, self.model = world, world.clock, Model()
        model = f"model-{uuid4().hex}"
        fingerprints = [f"{model}-{index}" for index in range(2)]
        self.devices = [
            replace(world.bench.device, fingerprint=each, model=model) for each in fingerprints
        ]
        self.table = table_name(model, world.bench.environment)
        self.operations = self.looks = 0
        self.held, self.spool, self.sent = [], [], []

    @property
    def now_s(self):
        return self.clock.now.timestamp()

    @initialize()
    def register(self):
        for device in self.devices:
            self.world.bench.device = device
            self.world.client.register(self.world.bench.registration())

    @precondition(lambda self: len(self.model.campaigns) < MOST_CAMPAIGNS)
    @rule(count=st.integers(1, 5), priority=st.integers(-1, 1))
    def start_campaign(self, count, priority):
        first = self.operations = self.operations + count
        operations = tuple(self.world.bench.network(first - index) for index in range(count))
        request = CampaignRequest(
            name="a schedule",
            devices=DeviceSelection(models=(self.devices[0].model,)),
            operations=operations,
            operations_per_job=PER_JOB,
            remeasure=True,
            priority=priority,
        )

        view = self.world.client.start_campaign(request)

        batches = [operations[at : at + PER_JOB] for at in range(0, count, PER_JOB)]
        jobs = [Job(batch) for batch in batches]
        self.model.campaigns[view.id] = Campaign(view.id, priority, iso(self.clock.now), jobs)

    @rule(device=st.integers(0, 1))
    def lease(self, device):
        self.world.bench.device = self.devices[device]
        if self.world.looks_at_leases():
            self.model.bound(self.now_s)
        expected = self.model.next_job(self.now_s)

        lease = self.world.client.lease(self.world.bench.lease_request(f"agent-{device}"))

        if expected is None:
            assert lease is None
            return
        campaign, job = expected
        assert (lease.campaign_id, lease.operations) == (campaign.id, job.left)
        job.state, job.lease_id, job.free_at_s = "leased", lease.id, self.now_s + LEASE_S
        self.held.append((device, lease, campaign, job))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def heartbeat(self, data):
        _, lease, _, _ = data.draw(st.sampled_from(self.held))
        job = self.model.job_under(lease.id)

        if job is not None and job.free_at_s > self.now_s:
            assert self.world.client.renew(lease.id).id == lease.id
            job.free_at_s = self.now_s + LEASE_S
        else:
            with pytest.raises(LeaseLost):
                self.world.client.renew(lease.id)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def give_back(self, data):
        held = data.draw(st.sampled_from(self.held))
        self.held.remove(held)
        job = self.model.job_under(held[1].id)

        self.world.client.give_back(held[1].id)

        if job is not None:
            job.state, job.lease_id, job.free_at_s = "queued", None, 0.0

    @precondition(lambda self: self.held)
    @rule(data=st.data(), whole=st.booleans(), gap=st.booleans(), forgets=st.booleans())
    def measure(self, data, whole, gap, forgets):
        """An agent measures something of its lease and spools it; it may crash then."""
        held = data.draw(st.sampled_from(self.held))
        device, lease, _, _ = held
        self.world.bench.device = self.devices[device]
        wanted = lease.operations if whole else lease.operations[:1]
        gaps = wanted[-1:] if gap else ()
        latencies = {operation: 50.0 for operation in wanted if operation not in gaps}
        self.spool.append((*held, self.world.bench.session(latencies, gaps=gaps)))
        if forgets:
            self.held.remove(held)

    @precondition(lambda self: self.spool)
    @rule(data=st.data(), with_job=st.sampled_from((True, True, True, False)))
    def report(self, data, with_job):
        """A spooled session comes in: in time, late, for a job that is over, or for none."""
        spooled = data.draw(st.sampled_from(self.spool))
        self.spool.remove(spooled)
        _, lease, campaign, job = spooled[:4]
        session = spooled[4]
        ids = {"job_id": lease.job_id, "lease_id": lease.id} if with_job else {}
        report = Report(session=session, **ids)
        expected = self.model.report(campaign, job if with_job else None, session)

        receipt = self.world.client.report(report)

        assert (receipt.stored, receipt.ignored, receipt.duplicates) == (*expected, 0)
        self.sent.append(report)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def report_again(self, data):
        """The answer was lost on its way, or the agent forgot it."""
        report = data.draw(st.sampled_from(self.sent))

        receipt = self.world.client.report(report)

        assert (receipt.stored, receipt.duplicates) == (0, len(report.session.measurements))

    @precondition(lambda self: self.model.campaigns)
    @rule(data=st.data(), state=st.sampled_from(("running", "paused", "cancelled")))
    def change_state(self, data, state):
        campaign = data.draw(st.sampled_from(list(self.model.campaigns.values())))

        if campaign.state in ("running", "paused"):
            self.world.client.change_campaign(campaign.id, state)
            campaign.state = state
        elif state == "cancelled":
            self.world.client.change_campaign(campaign.id, state)
        else:
            with pytest.raises(ServerRefused):
                self.world.client.change_campaign(campaign.id, state)

    @precondition(lambda self: self.model.campaigns)
    @rule(data=st.data(), priority=st.integers(-1, 1))
    def change_priority(self, data, priority):
        campaign = data.draw(st.sampled_from(list(self.model.campaigns.values())))

        self.world.client.change_priority(campaign.id, priority)

        campaign.priority = priority

    @rule(seconds=st.sampled_from((1, 30, 59, 60, 61, 200)))
    def time_passes(self, seconds):
        self.clock.move(seconds)

    @rule(seconds=st.sampled_from((1, 59, 60, 200)))
    def the_clock_is_set_back(self, seconds):
        self.clock.move(-seconds)

    @precondition(lambda self: self.held)
    @rule(index=st.integers(0, 1))
    def a_server_crashes(self, index):
        self.world.crash(index)

    @invariant()
    def every_measurement_is_stored_once_and_every_job_is_where_it_should_be(self):
        """Looks past HTTP, in one transaction, since it is what schedules spend their time on."""
        with self.world.database.reading() as session:
            stored = session.execute(STORED, {"table": self.table}).all()
            jobs = session.execute(JOBS, {"table": self.table}).all()

        assert sorted(stored) == sorted(self.model.stored.items())
        assert sorted(jobs, key=lambda job: job[:2]) == [
            (campaign.id, position, job.state, job.lease_id, job.free_at_s)
            for campaign in sorted(self.model.campaigns.values(), key=lambda each: each.id)
            for position, job in enumerate(campaign.jobs)
        ]

    @precondition(lambda self: self.model.campaigns)
    @invariant()
    def what_is_shown_is_so(self):
        """One campaign after each step, in turn."""
        self.looks += 1
        campaigns = list(self.model.campaigns.values())
        self._require_shown(campaigns[self.looks % len(campaigns)])

    @invariant()
    def nothing_of_a_finished_campaign_is_missing(self):
        for campaign in self.model.campaigns.values():
            if campaign.state == "finished":
                assert not any(job.left or job.state in OPEN for job in campaign.jobs)

    def teardown(self):
        """The table rests on what counts, and on nothing twice."""
        for campaign in self.model.campaigns.values():
            self._require_shown(campaign)
        counted = sorted(each for each, counts in self.model.stored.items() if counts)
        if counted:
            table = self.world.client.table(self.table)
            assert sorted(each for row in table.entries for each in row.measurement_ids) == counted

    def _require_shown(self, campaign):
        with self.world.database.reading() as session:
            devices = DeviceService(DeviceRepository(session), self.clock)
            campaigns, adaptive = CampaignRepository(session), AdaptiveRepository(session)
            progress = Progress(campaigns, adaptive, devices, self.clock)
            view = progress.get(campaign.id)
        measured = set().union(*(job.measured for job in campaign.jobs))
        gaps = set().union(*(job.gaps for job in campaign.jobs)) - measured

        assert (view.state, view.priority) == (campaign.state, campaign.priority)
        assert view.jobs == campaign.counts(self.now_s)
        assert (view.measured, view.gaps) == (len(measured), len(gaps))
