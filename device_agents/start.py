"""Starting and ending an agent: its lock, its spool, its connection, and the signals it obeys."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from device_agents.agent import Agent, AgentSettings
from device_agents.display import Display
from device_agents.lock import only_agent
from device_agents.measurer import Measurer
from device_agents.spool import Spool
from lut_server.client import LutClient

TIMEOUT_S = 10.0
"""How long the server may take to answer; a renewal happens in the middle of a session."""


def default_state_dir() -> Path:
    """Return the per-user folder for state (XDG base directory specification)."""
    state_home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state_home) / "hna"


def run_agent(
    server: str, measurer: Measurer, settings: AgentSettings, state_dir: Path, display: Display
) -> None:
    """
    Run an agent until it is idle for long enough or told to stop.

    Args:
        server: address of the server.
        measurer: measures.
        settings: how to behave.
        state_dir: folder of the spool and the lock; both are named by the device's fingerprint.
        display: tells people.

    Raises:
        BackendUnavailable: the backend cannot be used on this machine.
        AgentConflict: another agent measures this device.
        SpoolFailed: the state folder cannot be used.
        ServerRefused: the server will never work with this agent.
    """
    described = measurer.describe()
    stem = described.device.fingerprint[:16]
    with (
        only_agent(state_dir / f"{stem}.lock"),
        Spool(state_dir / f"{stem}.spool") as spool,
        LutClient(server, timeout_s=TIMEOUT_S) as client,
        _sigterm_is_ctrl_c(),
    ):
        agent = Agent(
            client=client,
            measurer=measurer,
            described=described,
            spool=spool,
            display=display,
            settings=settings,
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


@contextmanager
def _sigterm_is_ctrl_c() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
