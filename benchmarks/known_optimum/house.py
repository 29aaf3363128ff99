"""
A real server and real agents: one process for each device that a published file is replayed as.

What is measured goes through the queue and comes back from the table, over sockets.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from benchmarks.serving import serving
from lut_server.client import LutClient
from lut_server.wire import CampaignRequest, CampaignView, DeviceSelection, DeviceView
from profiler.device import table_name
from profiler.errors import HnaError
from profiler.operations import Operation
from profiler.table import Table
from search.processes import hna_process

PATIENCE_S = 180.0
"""How long agents may take to register, and a campaign to come one step further."""

POLL_S = 0.1


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """
    Devices whose agents are running.

    Args:
        client: of their server.
        devices: by model.
    """

    client: LutClient
    devices: Mapping[str, DeviceView]

    def measure(self, wanted: Mapping[str, Sequence[Operation]]) -> dict[str, Table]:
        """
        Have operations measured, by device model, on all devices at once; return their tables.

        Raises:
            HnaError: a campaign stood still, failed, or could not measure something.
        """
        campaigns = {
            model: self.client.start_campaign(
                CampaignRequest(
                    name=f"networks on {model}",
                    devices=DeviceSelection(models=(model,)),
                    operations=tuple(operations),
                )
            )
            for model, operations in wanted.items()
            if operations
        }
        for campaign in campaigns.values():
            self._finished(campaign)
        return {model: self.table(model) for model in wanted}

    def table(self, model: str) -> Table:
        """Return the table of a device as the server hands it out."""
        return self.client.table(table_name(model, self.devices[model].environments[0]))

    def empty(self, model: str) -> Table:
        """Return the table of a device that measured nothing yet."""
        view = self.devices[model]
        return Table(
            device_model=model, environment=view.environments[0], entries=(), simulated=True
        )

    def _finished(self, campaign: CampaignView) -> None:
        moved_s = time.monotonic()
        while not campaign.finished:
            time.sleep(POLL_S)
            before, campaign = campaign, self.client.campaign(campaign.id)
            moved_s = time.monotonic() if campaign != before else moved_s
            if time.monotonic() > moved_s + PATIENCE_S:
                raise HnaError(f"campaign {campaign.name} stands still: {campaign.waiting_for}")
        if campaign.gaps or campaign.jobs.get("failed", 0):
            raise HnaError(f"campaign {campaign.name}: {campaign.gaps} gaps, jobs {campaign.jobs}")


@contextmanager
def fleet(folder: Path, replay: Path, models: Mapping[str, str]) -> Iterator[Fleet]:
    """
    Run a server on SQLite and an agent for each of *models*, until the block ends.

    Args:
        folder: for the database, logs, and what agents keep.
        replay: the published file.
        models: devices of that file, and how long each is measured: ``default`` or ``quick``.

    Raises:
        HnaError: a process did not start; says what it wrote.
    """
    with ExitStack() as stack:
        url = stack.enter_context(serving(str(folder / "lut.db"), folder)).url
        # all would pin themselves to the same idle core, for they look at the same moment
        cores = cycle(sorted(os.sched_getaffinity(0)))
        running = {
            model: stack.enter_context(
                _agent(url, folder / model, replay, model, ("--plan", plan, "--cores", str(core)))
            )
            for (model, plan), core in zip(models.items(), cores, strict=False)
        }
        client = stack.enter_context(LutClient(url))
        yield Fleet(client=client, devices=_registered(client, running, folder))


def _agent(
    url: str, folder: Path, replay: Path, model: str, options: Sequence[str]
) -> AbstractContextManager[subprocess.Popen[bytes]]:
    command = ["agent", "--server", url, "--state-dir", str(folder)]
    command += ["--quiet-seconds", "0", "--poll-seconds", "0.3", "--backend", "simulated"]
    command += ["--option", f"replay={replay}", "--option", f"device={model}", *options]
    return hna_process(command, folder / "agent.log")


def _registered(
    client: LutClient, running: Mapping[str, subprocess.Popen[bytes]], folder: Path
) -> dict[str, DeviceView]:
    """Wait until the server knows all devices."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        views = {view.device.model: view for view in client.devices()}
        if running.keys() <= views.keys():
            return views
        for model, process in running.items():
            if process.poll() is not None or time.monotonic() > deadline:
                said = (folder / model / "agent.log").read_text(errors="replace").strip()
                raise HnaError(f"the agent of {model} did not register; it said: {said[-300:]}")
        time.sleep(POLL_S)
