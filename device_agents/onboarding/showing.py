"""What was onboarded, in words."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from device_agents.onboarding.networks import NetworkErrors
from device_agents.onboarding.outcome import Outcome
from device_agents.options import AgentOptions
from profiler.table import INFERRED

NOBODY_TEACHES = (
    "no other device could teach it: rows that were not measured are predicted from its own"
)


def outcome_lines(outcome: Outcome, onwards: str) -> Iterator[str]:
    """Yield the lines that say what came out; *onwards* is the command that goes on."""
    yield _what(outcome)
    if outcome.version is not None:
        kinds = ", ".join(f"{count} {kind}" for kind, count in outcome.rows.items())
        total = sum(outcome.rows.values())
        yield f"table {outcome.table} version {outcome.version}: {total} rows, {kinds}"
    if outcome.gaps:
        yield f"{outcome.gaps} operations cannot run here; hna campaign show says which, and why"
    if outcome.onboarded:
        yield from _given(outcome)
        yield _networks(outcome.networks)
    yield from (f"note: {note}" for note in outcome.notes)
    yield from _next(outcome, onwards)


def outcome_json(outcome: Outcome) -> str:
    """Return all of an outcome as JSON."""
    return json.dumps({"onboarded": outcome.onboarded, **asdict(outcome)}, indent=2)


def agent_command(options: AgentOptions) -> str:
    """Return the command that runs the agent of the same table, on this server."""
    words = ["hna", "agent", "--server", options.address, "--backend", options.backend]
    if options.threads != 1:
        words += ["--threads", str(options.threads)]
    for each in options.option or ():
        words += ["--option", each]
    if options.cores is not None:
        words += ["--cores", options.cores]
    if options.state_dir is not None:
        words += ["--state-dir", str(options.state_dir)]
    return shlex.join(words)


def _what(outcome: Outcome) -> str:
    who = f"{outcome.device} ({outcome.fingerprint[:16]}), {outcome.environment}"
    if not outcome.onboarded:
        return f"not onboarded yet: {who}"
    if outcome.before:
        return f"onboarded already: {who}"
    return f"onboarded in {_time(outcome.took_s)}: {who}"


def _given(outcome: Outcome) -> Iterable[str]:
    if outcome.taught_by:
        yield f"taught by {', '.join(outcome.taught_by)}"
    elif outcome.rows.keys() & set(INFERRED):
        yield NOBODY_TEACHES
    if outcome.widths is not None:
        yield (
            f"90 % intervals of rows that were not measured: half as wide as "
            f"{outcome.widths.median:.1%} of the latency (median), {outcome.widths.worst:.1%} "
            "(worst)"
        )


def _networks(errors: NetworkErrors | None) -> str:
    if errors is None:
        return "no network was measured whole, so nothing says how good sums of rows are"
    return (
        f"{errors.networks} networks were measured whole; sums of rows made without them, not "
        f"calibrated, were off by {errors.median:.1%} (median, {errors.bias:+.1%} on the whole), "
        f"{errors.worst:.1%} (worst)"
    )


def _next(outcome: Outcome, onwards: str) -> Iterable[str]:
    if outcome.stage == "finished":
        yield f"nothing is left to be measured; see the table with: hna table show {outcome.table}"
        return
    if outcome.waiting_for is not None:
        yield f"waiting: {outcome.waiting_for}"
    if not outcome.onboarded:
        yield "run the same command again to go on; nothing that was measured is lost"
    elif outcome.target_error is None:
        yield f"rows turn measured while this runs: {onwards}"
    else:
        now = "" if outcome.worst_error is None else f" ({outcome.worst_error:.1%} now)"
        yield (
            f"until the rest is within {outcome.target_error:.1%}{now}, rows turn measured while "
            f"this runs: {onwards}"
        )


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
