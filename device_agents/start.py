"""Starting and ending an agent: its lock, its spool, its connection, and the signals it obeys."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from device_agents.agent import Agent, never
from device_agents.display import Display
from device_agents.enrolment import token_path
from device_agents.lock import only_agent, only_agent_of_machine
from device_agents.measurer import Measurer
from device_agents.messages import Described
from device_agents.quiet import quiet
from device_agents.quiet.affinity import confine
from device_agents.quiet.journal import Journal
from device_agents.settings import AgentSettings
from device_agents.spool import Spool
from lut_server.client import LutClient
from profiler.device import Device

TIMEOUT_S = 10.0
"""How long the server may take to answer; a renewal happens in the middle of a session."""


def default_state_dir() -> Path:
    """Return the per-user folder for state (XDG base directory specification)."""
    state_home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state_home) / "hna"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """
    An agent ready to run.

    Args:
        agent: registers and runs.
        client: of its server.
        described: the device, and how it is set up.
    """

    agent: Agent
    client: LutClient
    described: Described

    def run(self, enough: Callable[[], bool] = never) -> str:
        """
        Run the agent until it ends or is told to; nothing that was measured stays in memory only.

        Args:
            enough: asked with each question for work; ends it, too.

        Returns:
            Why it ended, in words.
        """
        try:
            self.agent.run(enough)
        except KeyboardInterrupt:
            return "told to stop"
        finally:
            self.agent.save()
        return "idle for long enough"


def run_agent(
    server: str,
    measurer: Measurer,
    settings: AgentSettings,
    state_dir: Path,
    display: Display,
    root: Path = Path("/"),
) -> None:
    """
    Run an agent until it is idle for long enough or told to stop.

    Args:
        server: address of the server.
        measurer: measures.
        settings: how to behave.
        state_dir: folder of the spool and the lock, named by the device's fingerprint, and of the
            journal of what is changed about the machine.
        display: tells people.
        root: of the system's tree.

    Raises:
        BackendUnavailable: the backend cannot be used on this machine.
        AgentConflict: another agent measures this device.
        SpoolFailed: the state folder cannot be used.
        ServerRefused: the server will never work with this agent.
        ProtocolMismatch: the server does not understand this agent.
    """
    with opened_agent(server, measurer, settings, state_dir, display, root) as opened:
        agent = opened.agent
        display.say(f"agent for {opened.client.base_url}; {_waiting(agent, state_dir)}")
        why = opened.run()
        display.say(f"stopped: {why}; {_waiting(agent, state_dir)}")


@contextmanager
def opened_agent(
    server: str,
    measurer: Measurer,
    settings: AgentSettings,
    state_dir: Path,
    display: Display,
    root: Path = Path("/"),
) -> Iterator[Opened]:
    """
    Open an agent: alone with its device, its spool at hand; arguments and errors as of running it.

    First of all what an agent that crashed left changed is put back, whatever its options were.
    """
    journal = Journal(state_dir / "journal", display.say, root)
    journal.recover()
    if settings.quiet.cores is not None:
        display.say(confine(settings.quiet.cores))
    described = measurer.describe()
    stem = described.device.fingerprint[:16]
    with (
        only_agent(state_dir / f"{stem}.lock"),
        _only_one_of(described.device, settings),
        Spool(state_dir / f"{stem}.spool") as spool,
        LutClient(
            server, token_file=token_path(state_dir, server), timeout_s=TIMEOUT_S, attempts=1
        ) as client,
        _signals_are_ctrl_c(),
    ):
        agent = Agent(
            client=client,
            measurer=measurer,
            described=described,
            spool=spool,
            display=display,
            settings=settings,
            make_quiet=partial(quiet, settings=settings.quiet, journal=journal),
        )
        yield Opened(agent=agent, client=client, described=described)


def _waiting(agent: Agent, state_dir: Path) -> str:
    return f"{agent.waiting} reports wait in {state_dir}"


def _only_one_of(device: Device, settings: AgentSettings) -> AbstractContextManager[None]:
    """Allow any number of simulated devices: there is nothing they could disturb."""
    if device.simulated or settings.share_device:
        return nullcontext()
    return only_agent_of_machine(device.fingerprint)


@contextmanager
def _signals_are_ctrl_c() -> Iterator[None]:
    """Have SIGTERM, and a terminal that goes away, end the agent as Ctrl-C does."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    for number, handler in before.items():
        if handler != signal.SIG_IGN:  # as nohup sets it
            signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
