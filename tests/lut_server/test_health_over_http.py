"""Health: passes of the sentinels judged, devices taken out of service and put back."""

from dataclasses import replace

import pytest

from lut_server.wire import HealthChange, HealthReport, Report
from profiler.errors import ServerRefused
from profiler.measuring.sentinels import SENTINELS

pytestmark = pytest.mark.usefixtures("registered")

on_both_databases = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)

USUAL_US = {"call": 12.0, "dense": 1200.0, "depthwise": 940.0, "memory": 2100.0}


@pytest.fixture
def check(client, bench, clock, registered):
    """Report a pass of the sentinels that took *factor* times the usual."""

    def check(factor=1.0, **changes):
        clock.move(seconds=1)
        latencies = {SENTINELS[name]: factor * us for name, us in USUAL_US.items()}
        session = bench.session(latencies, **changes)
        return client.report_health(session.device.fingerprint, HealthReport(session=session))

    return check


@pytest.fixture
def known_device(check):
    """A device with so many good passes that 1.4 times the usual is noticed."""
    for _ in range(6):
        check()


@pytest.fixture
def say(client, bench, clock):
    def say(health, reason="a person says so"):
        clock.move(seconds=1)
        change = HealthChange(health=health, reason=reason)
        return client.change_health(bench.device.fingerprint, change)

    return say


def the_device(client):
    (view,) = client.devices()
    return view


def refusal_of(call):
    with pytest.raises(ServerRefused) as refusal:
        call()
    return refusal.value


def test_after_its_first_pass_a_device_is_unknown_and_gets_work(client, bench, check):
    receipt = check()

    client.start_campaign(bench.campaign([bench.operation()]))

    assert (receipt.health, receipt.check.verdict) == ("unknown", "unknown")
    assert "first pass" in the_device(client).health_reason
    assert client.lease(bench.lease_request()) is not None


def test_a_second_pass_like_the_first_makes_a_device_good(client, check):
    check()

    assert check(1.02).health == "good"
    assert the_device(client).health == "good"


@on_both_databases
@pytest.mark.usefixtures("known_device")
def test_a_device_that_became_slower_gets_no_work_until_a_later_pass_clears_it(
    client, bench, check
):
    campaign = client.start_campaign(bench.campaign([bench.operation()]))

    assert check(1.4).health == "suspect"
    refusal = refusal_of(lambda: client.lease(bench.lease_request()))
    waiting_for = client.campaign(campaign.id).waiting_for
    assert check(1.01).health == "good"

    assert (refusal.status, refusal.fields["type"]) == (409, "device-withheld")
    assert refusal.fields["health"] == "suspect"
    assert "dense takes 1.40 times the usual" in refusal.detail
    assert waiting_for == refusal.detail
    assert client.campaign(campaign.id).waiting_for is None
    assert client.lease(bench.lease_request()).campaign_id == campaign.id


@pytest.mark.usefixtures("known_device")
def test_what_a_device_holds_when_it_becomes_suspect_it_may_finish(client, bench, check):
    campaign = client.start_campaign(bench.campaign([bench.operation()]))
    lease = client.lease(bench.lease_request())
    check(1.4)

    renewed = client.renew(lease.id)
    session = bench.session(bench.measured(bench.operation()))
    client.report(Report(job_id=renewed.job_id, lease_id=lease.id, session=session))

    assert client.campaign(campaign.id).finished


@pytest.mark.usefixtures("known_device")
def test_suspect_passes_are_nothing_to_compare_with(check):
    for _ in range(8):
        assert check(1.4).health == "suspect"


@pytest.mark.usefixtures("known_device")
def test_a_pass_others_disturbed_leaves_health_as_it_is(client, bench, check):
    check(1.4)
    before = the_device(client)

    receipt = client.report_health(
        bench.device.fingerprint, HealthReport(session=bench.session({SENTINELS["call"]: 12.0}))
    )

    assert receipt.check.verdict == "unknown"
    assert receipt.check.latencies_us == {"call": 12.0}
    assert the_device(client) == before


@pytest.mark.parametrize("health", ["maintenance", "retired", "bad"])
def test_what_a_person_took_out_no_pass_puts_back(client, bench, check, say, health):
    check()
    say(health, "the fan is being replaced")

    receipt = check()

    assert (receipt.check.verdict, receipt.health) == ("good", health)
    refusal = refusal_of(lambda: client.lease(bench.lease_request()))
    assert refusal.fields["health"] == health
    assert "because the fan is being replaced" in refusal.detail


@on_both_databases
@pytest.mark.usefixtures("known_device")
def test_a_person_who_clears_a_device_begins_a_new_comparison(client, check, say):
    check(1.4)

    view = say("good", "runs in 15 W now")
    first, second = check(1.4), check(1.39)

    assert view.health == "good"
    assert "first pass" in first.check.reason
    assert (first.health, second.health) == ("good", "good")
    assert second.check.verdict == "good"


@pytest.mark.usefixtures("known_device")
def test_another_environment_is_compared_with_its_own_passes(check, bench):
    other = replace(bench.environment, threads=2)

    receipt = check(0.5, environment=other)

    assert receipt.check.verdict == "unknown"
    assert receipt.health == "good"


@on_both_databases
def test_a_pass_reported_twice_counts_once_and_is_answered_alike(client, bench):
    session = bench.session({SENTINELS[name]: us for name, us in USUAL_US.items()})
    report = HealthReport(session=session)

    first = client.report_health(bench.device.fingerprint, report)
    second = client.report_health(bench.device.fingerprint, report)

    assert first == second
    assert len(client.device_health(bench.device.fingerprint).checks) == 1


def test_the_samples_of_a_pass_are_kept_and_no_table_rests_on_them(client, bench, check):
    receipt = check()

    (newest,) = client.device_health(bench.device.fingerprint).checks
    views = [client.measurement(each) for each in newest.measurement_ids]

    assert newest == receipt.check
    assert [v.session.measurements[0].operation for v in views] == list(SENTINELS.values())
    assert client.tables() == ()
    assert refusal_of(lambda: client.table(views[0].table)).fields["type"] == "table-unknown"


@on_both_databases
def test_a_health_check_leaves_a_table_the_version_it_had(client, bench, check):
    client.report(Report(session=bench.session(bench.measured(bench.operation()))))
    (before,) = client.tables()

    check()

    assert client.tables() == (before,)
    assert len(client.sessions(before.name)) == 1


@on_both_databases
def test_history_shows_the_newest_check_first(client, bench, check):
    check()
    check(2.5)

    view = client.device_health(bench.device.fingerprint)

    assert view.health == "suspect"
    assert [each.verdict for each in view.checks] == ["suspect", "unknown"]
    assert view.health_since == view.checks[0].at


def test_a_session_of_a_table_is_no_health_check(client, bench):
    session = bench.session({SENTINELS["call"]: 12.0})
    client.report(Report(session=session))

    refusal = refusal_of(
        lambda: client.report_health(bench.device.fingerprint, HealthReport(session=session))
    )

    assert refusal.fields["type"] == "report-conflict"


def test_a_pass_of_another_device_is_refused(client, bench):
    session = bench.session({SENTINELS["call"]: 12.0})

    refusal = refusal_of(lambda: client.report_health("other", HealthReport(session=session)))

    assert refusal.fields["type"] == "report-conflict"
    assert "not on other" in refusal.detail


def test_the_health_of_an_unknown_device_is_an_error(client):
    change = HealthChange(health="good", reason="why not")

    for call in (
        lambda: client.device_health("nobody"),
        lambda: client.change_health("nobody", change),
    ):
        assert refusal_of(call).fields["type"] == "device-unknown"


def test_a_person_cannot_make_a_device_suspect(http, bench):
    answer = http.put(
        f"/v1/devices/{bench.device.fingerprint}/health",
        json={"health": "suspect", "reason": "a feeling"},
    )

    assert answer.status_code == 422
    assert answer.json()["type"] == "request-invalid"
