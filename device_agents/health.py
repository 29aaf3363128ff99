"""
Health checks: before it takes work, an agent measures the sentinels and has the server judge them.

The server decides, because it knows the earlier passes; a device it withholds work from is checked
again, soon at first and then ever less often.  A pass the server did not receive is kept in memory
and handed in before the next one is measured; it is of its moment, and no report for a table.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

from device_agents.delivery import is_final
from device_agents.display import Display
from device_agents.measurer import Measurer
from device_agents.messages import Described
from lut_server.client import LutClient
from lut_server.wire import WITHHELD, HealthReport
from profiler.errors import BackendFailed, ServerRefused
from profiler.measurement import Session
from profiler.measuring.sentinels import PLAN, SENTINELS

FIRST_PAUSE_S = 30.0
"""How long after a pass that put a device out of service the next one is measured, in seconds."""

LONGEST_PAUSE_S = 600.0
"""The pause doubles up to this, in seconds."""


class HealthChecks:
    """
    Checks one device, when it is time to.

    Args:
        client: of the server that judges.
        measurer: measures.
        described: the device, and how it is set up.
        display: tells people.
        make_quiet: makes the machine quiet for that many threads.
        every_s: time between two checks of a device in service, in seconds; None never checks.
        now_s: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        *,
        client: LutClient,
        measurer: Measurer,
        described: Described,
        display: Display,
        make_quiet: Callable[[int, Callable[[], None]], AbstractContextManager[tuple[str, ...]]],
        every_s: float | None,
        now_s: Callable[[], float],
    ) -> None:
        self._client = client
        self._measurer = measurer
        self._described = described
        self._display = display
        self._make_quiet = make_quiet
        self._every_s = every_s
        self._now_s = now_s
        self._due_s: float | None = None
        self._pause_s = FIRST_PAUSE_S
        self._not_received: Session | None = None

    def check_if_due(self) -> None:
        """
        Measure the sentinels and hand them in, if the last time is long enough ago.

        Raises:
            BackendUnavailable: the backend cannot be used any more.
            LutError: the server is away or in trouble; what was measured is kept for the next try.
        """
        if self._every_s is None or (self._due_s is not None and self._now_s() < self._due_s):
            return
        if self._not_received is None:
            try:
                self._not_received = self._pass()
            except BackendFailed as error:
                # Jobs will fail likewise, and are reported as gaps with what the runtime said.
                self._display.say(f"the health check failed: {error}")
                self._due_s = self._now_s() + self._every_s
                return
        self._hand_in(self._not_received, self._every_s)

    def _pass(self) -> Session:
        environment = self._described.environment
        with self._make_quiet(environment.threads, lambda: None) as notes:
            sentinels = tuple(SENTINELS.values())
            session = self._measurer.measure(environment, sentinels, lambda _: None, PLAN)
        return replace(session, quiet=notes)

    def _hand_in(self, session: Session, every_s: float) -> None:
        fingerprint = self._described.device.fingerprint
        try:
            receipt = self._client.report_health(fingerprint, HealthReport(session=session))
        except ServerRefused as refusal:
            if not is_final(refusal):
                raise
            # An older server has no health checks; leasing is for it to decide, not for this pass.
            self._display.say(f"the health check is refused: {refusal}")
            self._not_received, self._due_s = None, self._now_s() + every_s
            return
        self._not_received = None
        self._display.say(f"health check: {receipt.check.verdict} ({receipt.check.reason})")
        if receipt.health in WITHHELD:
            wait_s, self._pause_s = self._pause_s, min(2 * self._pause_s, LONGEST_PAUSE_S)
            self._display.say(
                f"this device is {receipt.health} and gets no work; checked again in {wait_s:.0f} s"
            )
        else:
            wait_s, self._pause_s = every_s, FIRST_PAUSE_S
        self._due_s = self._now_s() + wait_s
