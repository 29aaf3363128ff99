"""
What a campaign costs beyond its samples: ``python -m benchmarks.campaign_cost``.

A real server and a real agent, processes of this machine on loopback, measure every operation of
a small space.  The baseline of the two ratios is the plainest loop there is: in one process,
build, warm up and sample one operation after the other, as many samples of each as the campaign
took.  It has no server, no rounds and no interleaving to pay for.

The agent does not wait for other processes to finish: what the neighbours do is no cost of a
campaign.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks.figures import Figure, at_least, at_most, report, say
from device_agents.quiet import QuietSettings, quiet
from lut_server.client import LutClient
from profiler.backends.onnxruntime import create
from profiler.measurement import Session
from profiler.measuring.plan import MeasurementPlan
from profiler.measuring.visit import Stopwatch, Visited
from profiler.operations import Border, Operation, operation_key
from profiler.space import MetaSpace, Topology, known_topology, named_space, skeleton
from search.processes import local_agent, local_server
from search.target import Target, measure_on

MAX_RATIO = 1.3
OPTIONS = ("--backend", "onnxruntime", "--threads", "1", "--quiet-seconds", "0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """
    A campaign as its client saw it.

    Args:
        wall_s: from asking for it until it had finished, in seconds.
        sessions: what the agent reported for it.
    """

    wall_s: float
    sessions: tuple[Session, ...]

    @property
    def operations(self) -> int:
        """How many operations were measured, borders apart."""
        measured = [m.operation for session in self.sessions for m in session.measurements]
        return sum(not isinstance(operation, Border) for operation in measured)


def run() -> list[Figure]:
    """Run a campaign, run it again, and measure the same by a plain loop."""
    space = named_space("one", "resnet_10", height=96, width=96)
    named = named_operations(space, known_topology("dnanet_simplified", space.levels))
    first, second = _two_campaigns(named)
    (session,) = first.sessions
    say(f"session {session.costs.wall:.1f} s, campaign {first.wall_s:.1f} s; now the plain loop")
    plain = _plain_ratio(session)
    busy_s = session.costs.timed + session.costs.warm_up
    different = len({operation_key(operation) for operation in named})
    duplicates, spared = len(named) - different, len(named) - first.operations
    say(f"{len(named)} operations named, {different} different, {first.operations} measured")
    return [
        at_most("session_wall_ratio", session.costs.wall / busy_s, MAX_RATIO, "ratio", plain),
        at_most("campaign_wall_ratio", first.wall_s / busy_s, MAX_RATIO, "ratio", plain),
        at_least("duplicates_removed", spared / duplicates, 1.0, "share", 0.0),
        at_most("measured_again", second.operations, 0, "operations", first.operations),
        at_most("second_campaign", second.wall_s, 1.0, "s", first.wall_s),
    ]


def named_operations(space: MetaSpace, topology: Topology) -> tuple[Operation, ...]:
    """Return the row of every candidate of every cell, and the glue, equal ones repeated."""
    shared = skeleton(space, topology)
    named: list[Operation] = [shared.head()]
    for cell in shared.cells:
        named += [*shared.pooling(cell), *(shared.placed(cell, c) for c in space.candidates)]
    return tuple(named)


def _two_campaigns(named: Sequence[Operation]) -> tuple[Campaign, Campaign]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            local_server(folder) as url,
            local_agent(url, folder, OPTIONS) as target,
            LutClient(url) as client,
        ):
            say(f"a campaign over {len(named)} operations on {target.device.name}")
            first = _campaign(client, target, named, known=())
            return first, _campaign(client, target, named, known=first.sessions)


def _campaign(
    client: LutClient, target: Target, named: Sequence[Operation], known: Sequence[Session]
) -> Campaign:
    start = perf_counter()
    measure_on(client, target, named, name="benchmark")
    wall_s = perf_counter() - start
    before = {session.id for session in known}
    sessions = client.sessions(target.table)
    return Campaign(wall_s=wall_s, sessions=tuple(s for s in sessions if s.id not in before))


def _plain_ratio(session: Session) -> float:
    """Measure what *session* measured by the plain loop; return its wall per sampling time."""
    backend, plan, watch = create(threads=1), MeasurementPlan(), Stopwatch()
    with quiet(1, settings=QuietSettings(wait_s=0.0)):
        start = perf_counter()
        for measurement in session.measurements:
            samples = sum(len(part.samples_us) for part in measurement.rounds)
            with backend.prepare(measurement.operation) as prepared:
                visit = Visited(
                    operation=measurement.operation,
                    prepared=prepared,
                    plan=plan,
                    timer=backend.timer,
                    watch=watch,
                )
                visit.warm_up()
                visit.samples = samples
                visit.sample()
        wall_s = perf_counter() - start
    return wall_s / (watch.timed + watch.warm_up)


if __name__ == "__main__":
    report(run)
