"""What a server has to make of a schedule, in plain Python: no database, no threads, no HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field

LEASE_S = 60.0
OPEN = ("queued", "leased")


@dataclass
class Job:
    """A batch of operations; ``free_at_s`` is when it can be claimed, None once it is over."""

    operations: tuple
    state: str = "queued"
    free_at_s: float | None = 0.0
    lease_id: str | None = None
    sessions: dict = field(default_factory=dict)  # by id: the operations it measured
    gaps: set = field(default_factory=set)

    @property
    def measured(self):
        return set().union(*self.sessions.values())

    @property
    def left(self):
        settled = self.measured | self.gaps
        return tuple(operation for operation in self.operations if operation not in settled)

    def measured_by_others(self, session_id):
        others = (done for by, done in self.sessions.items() if by != session_id)
        return set().union(*others)


@dataclass
class Campaign:
    id: str
    priority: int
    created_at: str
    jobs: list
    state: str = "running"

    def counts(self, now_s):
        """Return how many jobs a view shows in each state."""
        counts = {}
        for job in self.jobs:
            over = job.free_at_s is not None and job.free_at_s <= now_s
            state = "queued" if over else job.state
            if state == "queued" and self.state == "cancelled":
                state = "cancelled"
            counts[state] = counts.get(state, 0) + 1
        return counts


class Model:
    """Campaigns, who holds which job, and what was acknowledged."""

    def __init__(self):
        self.campaigns = {}
        self.stored = {}  # measurements by id: whether the table counts them

    def job_under(self, lease_id):
        """Return the job that a lease still is on, whether or not it is over."""
        jobs = (job for campaign in self.campaigns.values() for job in campaign.jobs)
        return next((job for job in jobs if job.lease_id == lease_id), None)

    def next_job(self, now_s):
        """Return the job that whoever asks now has to get."""
        running = [each for each in self.campaigns.values() if each.state == "running"]
        for campaign in sorted(
            running, key=lambda each: (-each.priority, each.created_at, each.id)
        ):
            free = [
                (job.free_at_s, position, job)
                for position, job in enumerate(campaign.jobs)
                if job.free_at_s is not None and job.free_at_s <= now_s
            ]
            if free:
                return campaign, min(free, key=lambda each: each[:2])[2]
        return None

    def bound(self, now_s):
        """No lease lasts longer than one that begins now: what a clock set back would do."""
        for campaign in self.campaigns.values():
            for job in campaign.jobs:
                if job.state == "leased":
                    job.free_at_s = min(job.free_at_s, now_s + LEASE_S)

    def report(self, campaign, job, session):
        """Keep what a session measured; return how much of it is new, and not counted."""
        new = [m for m in session.measurements if m.id not in self.stored]
        needless = job.measured_by_others(session.id) if job else set()
        self.stored |= {m.id: m.operation not in needless for m in new}
        if job is not None:
            measured = {measurement.operation for measurement in session.measurements}
            job.sessions.setdefault(session.id, set()).update(measured)
            job.gaps |= {gap.operation for gap in session.gaps}
            self._settle(campaign, job)
        return len(new), sum(m.operation in needless for m in new)

    def _settle(self, campaign, job):
        if job.left or job.state not in OPEN:
            return
        job.state = "done" if job.measured else "failed"
        job.free_at_s = job.lease_id = None
        if campaign.state in ("running", "paused") and not any(
            j.state in OPEN for j in campaign.jobs
        ):
            campaign.state = "finished"
