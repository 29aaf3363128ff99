"""Starting and ending an agent: its lock, its spool, its connection, and the signals it obeys."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path

from device_agents.agent import Agent, AgentSettings
from device_agents.display import Display
from device_agents.enrolment import token_path
from device_agents.lock import only_agent, only_agent_of_machine
from device_agents.measurer import Measurer
from device_agents.quiet import quiet
from device_agents.quiet.affinity import confine
from device_agents.quiet.journal import Journal
from device_agents.spool import Spool
from lut_server.client import LutClient
from profiler.device import Device

TIMEOUT_S = 10.0
"""How long the server may take to answer; a renewal happens in the middle of a session."""


def default_state_dir() -> Path:
    """Return the per-user folder for state (XDG base directory specification)."""
    state_home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state_home) / "hna"


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

    First of all it puts back what an agent that crashed left changed, whatever its options were.

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
        display.say(f"agent for {client.base_url}; {agent.waiting} reports wait in {state_dir}")
        why = "idle for long enough"
        try:
            agent.run()
        except KeyboardInterrupt:
            why = "told to stop"
        finally:
            agent.save()
        display.say(f"stopped: {why}; {agent.waiting} reports wait in {state_dir}")


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
