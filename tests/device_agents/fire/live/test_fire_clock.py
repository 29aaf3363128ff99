"""The wall clock of an agent's machine is set back a day: nothing that waits depends on it."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

PRELOADED = r"""
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long offset(void)
{
    long seconds = 0;
    FILE *file = fopen(getenv("CLOCK_OFFSET"), "r");
    if (file) {
        if (fscanf(file, "%ld", &seconds) != 1) seconds = 0;
        fclose(file);
    }
    return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && clock == CLOCK_REALTIME) now->tv_sec += offset();
    return failed;
}

int gettimeofday(struct timeval *now, void *zone)
{
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *where)
{
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (where) *where = exact.tv_sec;
    return exact.tv_sec;
}
"""

DAY_S = 86_400


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    """A library that lies about the time by as many seconds as a file says, and that file."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler to build a clock that can be set")
    folder = tmp_path_factory.mktemp("clock")
    (folder / "clock.c").write_text(PRELOADED)
    library, offset = folder / "clock.so", folder / "offset"
    command = ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(folder / "clock.c")]
    subprocess.run(command, check=True)
    offset.write_text("0")
    return library, offset


@pytest.fixture(scope="module")
def nursery(clock, start_nursery):
    library, offset = clock
    nursery = start_nursery(LD_PRELOAD=str(library), CLOCK_OFFSET=str(offset))
    yield nursery
    nursery.close()


def test_a_clock_set_back_while_measuring_neither_loses_the_lease_nor_stops_the_agent(
    agents, ledger, clock, tmp_path, until
):
    _, offset = clock
    hold = tmp_path / "hold"
    hold.touch()
    agent = agents.start(hold=str(hold), renewing=True, idle_s=0.5)
    ledger.ask(operations=1)
    until(lambda: "build:" in agent.said, "the agent measuring")

    offset.write_text(str(-DAY_S))
    agents.start(state="other", log="other.log", idle_s=2.0).wait()  # two leases long
    hold.unlink()
    agent.wait()

    (session,) = ledger.require_all_once()
    assert datetime.fromisoformat(session.after.at) < datetime.now(UTC) - timedelta(hours=12)
    assert "lease is lost" not in agent.said
    assert "stopped: idle for long enough; 0 reports wait" in agent.said


def test_a_clock_set_back_does_not_stretch_the_wait_for_a_server(
    agents, ledger, proxy, clock, until
):
    _, offset = clock
    offset.write_text("0")
    agents.register()
    ledger.ask(operations=1)
    proxy.rule = lambda *_: "refuse"
    agent = agents.start()
    until(lambda: "trying again" in agent.said, "the agent waiting")

    offset.write_text(str(-DAY_S))
    proxy.rule = lambda *_: "pass"

    until(lambda: ledger.campaign.finished, "the campaign ending")
    ledger.require_all_once()
