"""
The agent: ``register -> (lease -> make quiet -> profile -> spool -> report)*``.

One synchronous loop; nothing else runs while it measures.  It outlives a server that is away and
an operation that crashes its runtime; it ends when it is told to, when it has been idle for long
enough, when its backend cannot be used any more, or when the server does not understand it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from importlib.metadata import version
from uuid import uuid4

from device_agents.backoff import Backoff
from device_agents.delivery import UNREGISTERED, Delivery
from device_agents.display import Display
from device_agents.health import HealthChecks
from device_agents.held import HeldLease, returned_unless_finished
from device_agents.measurer import Measurer
from device_agents.messages import Described
from device_agents.patience import Patience
from device_agents.quiet import NOT_QUIET, quiet
from device_agents.settings import AgentSettings
from device_agents.spool import Spool
from device_agents.versions import is_not_understood, not_understood
from lut_server.client import LutClient
from lut_server.wire import DEVICE_WITHHELD, Lease, LeaseRequest, Registration, Report
from profiler.errors import BackendFailed, HnaError, LutError, ServerRefused, SpoolFailed
from profiler.measurement import Costs, Gap, Session
from profiler.measuring.rounds import Progress
from profiler.platforms.conditions import read_conditions

MAX_ATTEMPTS = 3
"""Crashes of the measuring process over one job after which its operations become gaps."""

HOPELESS = ("protocol-mismatch", "device-conflict")
"""Problem types that no repetition mends."""

MakeQuiet = Callable[[int, Callable[[], None]], AbstractContextManager[tuple[str, ...]]]


def never() -> bool:
    """Return that there is never enough."""
    return False


class Agent:
    """
    Works for one server, as one device in one environment.

    Args:
        client: of the server.
        measurer: measures.
        described: what the measurer said it is.
        spool: where reports wait for the server.
        display: tells people.
        settings: how to behave.
        make_quiet: makes the machine quiet for that many threads; calls back while it waits.
        backoff: how long to wait for a server that is away.
        sleep: waits.
        now_s: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        *,
        client: LutClient,
        measurer: Measurer,
        described: Described,
        spool: Spool,
        display: Display,
        settings: AgentSettings | None = None,
        make_quiet: MakeQuiet = quiet,
        backoff: Backoff | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._measurer = measurer
        self._described = described
        self._display = display
        self._settings = settings or AgentSettings()
        self._make_quiet = make_quiet
        self._sleep = sleep
        backoff = backoff or Backoff(self._settings.poll_s)
        self._patience = Patience(client, display, backoff, sleep)
        self._now_s = now_s
        self._delivery = Delivery(client, spool, display.say)
        self._health = HealthChecks(
            client=client,
            measurer=measurer,
            described=described,
            display=display,
            make_quiet=make_quiet,
            every_s=self._settings.health_s,
            now_s=now_s,
        )
        self._id = str(uuid4())
        self._registered = False
        self._attempts: Counter[str] = Counter()
        self._idle_because = ""
        self._idle_since_s: float | None = None
        self._enough: Callable[[], bool] = never
        self._has_enough = False

    @property
    def waiting(self) -> int:
        """How many reports the server does not have yet."""
        return self._delivery.waiting

    def save(self) -> None:
        """
        Write to disk what is in memory only, before the process ends.

        Raises:
            SpoolFailed: that is not possible; names how many reports are lost.
        """
        self._delivery.save()

    def run(self, enough: Callable[[], bool] = never) -> None:
        """
        Work until idle for long enough.

        Args:
            enough: asked with each question for work; ends the agent, too, and what work there
                was is given back.

        Raises:
            BackendUnavailable: the backend cannot be used any more.
            ServerRefused: the server will never work with this agent, and says why.
            ProtocolMismatch: the server does not understand this agent.
        """
        self._enough, self._idle_since_s = enough, None
        while True:
            if self._persist():
                self._idle_since_s = None
            elif self._has_enough or self._idle_for_long_enough():
                return
            else:
                self._display.rest(self._idle_because)
                self._sleep(self._settings.poll_s)

    def _idle_for_long_enough(self) -> bool:
        now_s = self._now_s()
        if self._idle_since_s is None:
            self._idle_since_s = now_s
        limit_s = self._settings.idle_s
        return limit_s is not None and now_s - self._idle_since_s >= limit_s

    def _persist(self) -> bool:
        """Take turns until one succeeds; return whether there was work."""
        while True:
            try:
                worked = self._turn()
            except ServerRefused as error:
                self._consider(error)
                self._wait_after(error)
            except (LutError, BackendFailed, SpoolFailed) as error:
                self._wait_after(error)
            else:
                self._patience.after_turn()
                return worked

    def _turn(self) -> bool:
        self._patience.before_turn()
        self.register()
        self._delivery.drain()
        self._health.check_if_due()
        lease = self._lease()
        if lease is None:
            self._has_enough = self._enough()
            return False
        worked = self._perform(lease)
        self._delivery.drain()
        return worked

    def _lease(self) -> Lease | None:
        """Ask for work; a device that gets none because of its health asks again and again."""
        environments = (self._described.environment,)
        fingerprint = self._described.device.fingerprint
        self._idle_because = "no work; waiting"
        try:
            return self._client.lease(
                LeaseRequest(fingerprint=fingerprint, environments=environments, agent_id=self._id)
            )
        except ServerRefused as refusal:
            if refusal.fields.get("type") != DEVICE_WITHHELD:
                raise
            self._idle_because = refusal.detail
            return None

    def register(self) -> None:
        """
        Say to the server what this is, unless it knows.

        Raises:
            LutError: the server is away, or will not have this device.
        """
        if self._registered:
            return
        device, environment = self._described.device, self._described.environment
        self._client.register(
            Registration(
                device=device,
                environments=(environment,),
                agent_version=version("hna-nas"),
                labels=self._settings.labels,
                target_error=self._settings.target_error,
            )
        )
        self._registered = True
        self._display.say(f"registered {device.model} ({environment.label})")

    def _perform(self, lease: Lease) -> bool:
        """Measure and keep what a lease is for; return whether there was not enough before."""
        held = HeldLease(self._client, lease, self._display.say, self._now_s)
        with returned_unless_finished(held):
            # Asked with the job in hand: what is enough may be decided by the question for work.
            self._has_enough = self._enough()
            if self._has_enough:
                held.give_back()
                return False
            self._display.say(f"job {lease.job_id}: {len(lease.operations)} operations")
            session = self._profile(held)
            lease_id = None if held.lost else lease.id
            self._delivery.keep(Report(job_id=lease.job_id, lease_id=lease_id, session=session))
        return True

    def _profile(self, held: HeldLease) -> Session:
        """Measure in quiet; a job that keeps crashing becomes gaps that say so."""

        def on_round(progress: Progress) -> None:
            self._display.show(progress)
            held.keep()

        lease = held.lease
        try:
            with self._make_quiet(lease.environment.threads, held.keep) as notes:
                self._display.say("; ".join(notes))
                session = self._measurer.measure(lease.environment, lease.operations, on_round)
        except BackendFailed as error:
            self._attempts[lease.job_id] += 1
            if self._attempts[lease.job_id] < MAX_ATTEMPTS:
                raise
            self._display.say(f"given up after {MAX_ATTEMPTS} attempts: {error}")
            return self._nothing_but_gaps(lease, str(error))
        doubts = tuple(note for note in notes if note.startswith(NOT_QUIET))
        return replace(session, quiet=notes, warnings=(*session.warnings, *doubts))

    def _nothing_but_gaps(self, lease: Lease, reason: str) -> Session:
        now = read_conditions()
        return Session(
            id=str(uuid4()),
            device=self._described.device,
            environment=lease.environment,
            measurements=(),
            gaps=tuple(Gap(operation=operation, reason=reason) for operation in lease.operations),
            sentinel_us=(),
            before=now,
            after=now,
            costs=Costs(wall=0.0, build=0.0, warm_up=0.0, timed=0.0),
        )

    def _consider(self, refusal: ServerRefused) -> None:
        """Decide what a refusal means for the next turn."""
        if is_not_understood(refusal):
            raise not_understood(self._client, refusal) from refusal
        kind = refusal.fields.get("type")
        if kind in HOPELESS:
            raise refusal
        if kind in UNREGISTERED:
            self._registered = False

    def _wait_after(self, error: HnaError) -> None:
        self._idle_since_s = None  # waiting for a server is not being out of work
        self._patience.wait_after(error)
