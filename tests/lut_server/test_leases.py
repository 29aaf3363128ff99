"""Leases: who holds a job, and for how long."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from lut_server.jobs.repository import JobRepository
from lut_server.wire import Report
from profiler.device import environment_digest
from profiler.errors import LeaseLost, ServerRefused

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def campaign(client, bench, registered):
    return client.start_campaign(bench.campaign([bench.operation()]))


def test_an_agent_is_handed_the_operations_to_measure(client, bench, campaign):
    lease = client.lease(bench.lease_request())

    assert bench.operation() in lease.operations
    assert (lease.campaign_id, lease.environment) == (campaign.id, bench.environment)
    assert lease.expires_at == "2026-11-22T12:01:00.000000+00:00"
    assert client.campaign(campaign.id).jobs == {"leased": 1}


@pytest.mark.usefixtures("campaign")
def test_one_job_is_leased_once(client, bench):
    client.lease(bench.lease_request("first"))

    assert client.lease(bench.lease_request("second")) is None


@pytest.mark.usefixtures("campaign")
def test_another_environment_gets_no_job_of_this_one(client, bench):
    bench.environment = replace(bench.environment, threads=2)

    assert client.lease(bench.lease_request()) is None


def test_the_oldest_campaign_is_worked_on_first(client, bench, clock, campaign):
    clock.move(seconds=1)
    client.start_campaign(bench.campaign([bench.operation(16)]))

    assert client.lease(bench.lease_request()).campaign_id == campaign.id


def test_a_lease_that_expires_returns_its_job_to_the_queue(client, bench, clock, campaign):
    first = client.lease(bench.lease_request("first"))
    clock.move(seconds=60)

    assert client.campaign(campaign.id).jobs == {"queued": 1}
    second = client.lease(bench.lease_request("second"))

    assert second.job_id == first.job_id
    assert second.id != first.id


def test_a_renewed_lease_holds_longer(client, bench, clock, campaign):
    lease = client.lease(bench.lease_request())
    clock.move(seconds=50)

    renewed = client.renew(lease.id)
    clock.move(seconds=50)

    assert renewed.expires_at == "2026-11-22T12:01:50.000000+00:00"
    assert renewed.job_id == lease.job_id
    assert client.campaign(campaign.id).jobs == {"leased": 1}


@pytest.mark.usefixtures("campaign")
def test_a_lost_lease_cannot_be_renewed(client, bench, clock):
    lease = client.lease(bench.lease_request("first"))
    clock.move(seconds=61)
    other = client.lease(bench.lease_request("second"))

    with pytest.raises(LeaseLost, match="report what was measured all the same"):
        client.renew(lease.id)

    assert client.renew(other.id).job_id == lease.job_id


@pytest.mark.usefixtures("campaign")
def test_a_lease_that_is_over_cannot_be_renewed_even_if_nobody_took_the_job(client, bench, clock):
    lease = client.lease(bench.lease_request())
    clock.move(seconds=60)

    with pytest.raises(LeaseLost):
        client.renew(lease.id)


def test_a_job_given_back_is_queued_and_giving_back_twice_is_harmless(client, bench, campaign):
    lease = client.lease(bench.lease_request("first"))

    client.give_back(lease.id)
    client.give_back(lease.id)

    assert client.campaign(campaign.id).jobs == {"queued": 1}
    with pytest.raises(LeaseLost):
        client.renew(lease.id)


@pytest.mark.usefixtures("campaign")
def test_giving_back_a_lost_lease_leaves_the_new_one_alone(client, bench, clock):
    lost = client.lease(bench.lease_request("first"))
    clock.move(seconds=61)
    held = client.lease(bench.lease_request("second"))

    client.give_back(lost.id)

    assert client.renew(held.id).id == held.id


def test_of_many_agents_racing_for_one_job_exactly_one_wins(client, bench, campaign):
    racers = 8
    start = Barrier(racers)

    def race(index):
        start.wait()
        return client.lease(bench.lease_request(f"agent-{index}"))

    with ThreadPoolExecutor(racers) as pool:
        leases = list(pool.map(race, range(racers)))

    assert sum(lease is not None for lease in leases) == 1
    assert client.campaign(campaign.id).jobs == {"leased": 1}


@pytest.mark.usefixtures("campaign")
def test_a_job_seen_in_the_queue_and_claimed_meanwhile_is_not_claimed_again(http, bench):
    database = http.app.state.server.database
    with database.writing() as session:
        jobs = JobRepository(session)
        digests = [environment_digest(bench.environment)]
        job_id = jobs.next_for(bench.device.fingerprint, digests, now_s=0.0).job_id

        first = jobs.claim(job_id, "first", ("f00d", "agent-1"), now_s=0.0, until_s=60.0)
        second = jobs.claim(job_id, "second", ("f00d", "agent-2"), now_s=59.0, until_s=119.0)
        third = jobs.claim(job_id, "third", ("f00d", "agent-3"), now_s=60.0, until_s=120.0)

    assert (first, second, third) == (True, False, True)


def test_a_device_that_never_registered_is_told_to(client, bench):
    with pytest.raises(ServerRefused, match="POST /v1/devices") as refusal:
        client.lease(bench.lease_request())

    assert refusal.value.status == 409
    assert refusal.value.fields["type"] == "device-unregistered"


@pytest.mark.usefixtures("campaign")
def test_the_end_of_a_job_is_the_end_of_its_lease(client, bench):
    lease = client.lease(bench.lease_request())
    session = bench.session(bench.measured(bench.operation()))

    client.report(Report(job_id=lease.job_id, lease_id=lease.id, session=session))

    with pytest.raises(LeaseLost):
        client.renew(lease.id)
