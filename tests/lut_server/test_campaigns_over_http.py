"""Campaigns from start to end through the API."""

from dataclasses import replace

import pytest

from lut_server.wire import Report
from profiler.errors import ServerRefused
from profiler.operations import border_of

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


def test_a_campaign_for_an_unknown_device_is_refused(client, bench):
    with pytest.raises(ServerRefused, match="'f00d'; register it first") as refusal:
        client.start_campaign(bench.campaign([bench.operation()]))

    assert refusal.value.status == 404


@pytest.mark.usefixtures("registered")
def test_a_campaign_in_an_environment_not_offered_names_those_that_are(client, bench):
    elsewhere = replace(bench.environment, threads=2)
    request = bench.campaign([bench.operation()], environment=elsewhere)

    with pytest.raises(ServerRefused, match=r"it offers: onnxruntime 1.2.3.* 1 thread") as refusal:
        client.start_campaign(request)

    assert refusal.value.fields["type"] == "environment-unknown"


@pytest.mark.usefixtures("registered")
def test_a_new_campaign_waits_in_the_queue(client, bench):
    operations = [bench.operation(8), bench.operation(16)]

    view = client.start_campaign(bench.campaign(operations, operations_per_job=2))

    assert view.jobs == {"queued": 2}
    assert (view.requested, view.already_measured, view.measured, view.gaps) == (4, 0, 0, 0)
    assert not view.finished
    assert client.campaigns() == (view,)


@pytest.mark.usefixtures("registered")
def test_a_campaign_is_finished_when_its_operations_are_reported(client, bench):
    operation = bench.operation()
    campaign = client.start_campaign(bench.campaign([operation]))
    lease = client.lease(bench.lease_request())

    session = bench.session(bench.measured(operation))
    client.report(Report(job_id=lease.job_id, lease_id=lease.id, session=session))

    view = client.campaign(campaign.id)
    assert view.finished
    assert (view.jobs, view.measured) == ({"done": 1}, 2)


@pytest.mark.usefixtures("registered")
def test_a_second_campaign_over_a_measured_table_measures_nothing_again(client, bench):
    operation = bench.operation()
    client.report(Report(session=bench.session(bench.measured(operation))))

    view = client.start_campaign(bench.campaign([operation]))

    assert (view.requested, view.already_measured, view.jobs) == (2, 2, {})
    assert view.finished
    assert client.lease(bench.lease_request()) is None


@pytest.mark.usefixtures("registered")
def test_remeasuring_measures_again(client, bench):
    operation = bench.operation()
    client.report(Report(session=bench.session(bench.measured(operation))))

    view = client.start_campaign(bench.campaign([operation], remeasure=True))

    assert (view.already_measured, view.jobs) == (0, {"queued": 1})


@pytest.mark.usefixtures("registered")
def test_what_the_runtime_cannot_build_is_a_gap_that_ends_the_job(client, bench):
    works, fails = bench.operation(8), bench.network(1)
    campaign = client.start_campaign(bench.campaign([works, fails]))
    lease = client.lease(bench.lease_request())

    session = bench.session(bench.measured(works), gaps=[fails])
    client.report(Report(job_id=lease.job_id, lease_id=lease.id, session=session))

    view = client.campaign(campaign.id)
    (gap,) = client.gaps(campaign.id)
    assert (view.jobs, view.measured, view.gaps) == ({"done": 1}, 2, 1)
    assert (gap.gap.operation, gap.gap.reason) == (fails, "no kernel for it")
    assert gap.job_id == lease.job_id


@pytest.mark.usefixtures("registered")
def test_a_job_of_which_nothing_could_be_measured_failed(client, bench):
    operation = bench.operation()
    campaign = client.start_campaign(bench.campaign([operation]))
    lease = client.lease(bench.lease_request())

    session = bench.session({}, gaps=[operation, border_of(operation)])
    client.report(Report(job_id=lease.job_id, lease_id=lease.id, session=session))

    view = client.campaign(campaign.id)
    assert (view.jobs, view.measured, view.gaps) == ({"failed": 1}, 0, 2)


def test_an_unknown_campaign_is_named(client):
    with pytest.raises(ServerRefused, match="no campaign has id 'nothing'"):
        client.campaign("nothing")
