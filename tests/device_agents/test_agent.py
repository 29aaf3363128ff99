"""The agent's loop, against a server in memory and a simulated device."""

from contextlib import contextmanager

import pytest

from device_agents.agent import Agent
from device_agents.settings import AgentSettings
from device_agents.start import run_agent
from profiler.errors import BackendFailed, BackendUnavailable, ServerRefused


def test_a_job_is_registered_for_leased_measured_and_reported(agent, server, operation):
    server.add_job(operation)

    agent.run()

    (report,) = server.reports
    assert report.job_id == "job-0"
    assert report.lease_id == "lease-of-job-0"
    assert operation in [m.operation for m in report.session.measurements]
    assert server.registrations[0].device == report.session.device
    assert agent.waiting == 0


def test_the_labels_an_agent_was_given_are_registered(server, measurer, spool, display, clock):
    labelled = Agent(
        client=server,
        measurer=measurer,
        described=measurer.describe(),
        spool=spool,
        display=display,
        settings=AgentSettings(idle_s=0.0, labels=("fast", "lab-1")),
        sleep=clock.sleep,
        now_s=lambda: clock.now_s,
    )

    labelled.run()

    assert server.registrations[0].labels == ("fast", "lab-1")


def test_an_agent_that_idles_long_enough_ends(agent, clock, server, measurer, spool, display):
    patient = Agent(
        client=server,
        measurer=measurer,
        described=measurer.describe(),
        spool=spool,
        display=display,
        settings=AgentSettings(poll_s=1.0, idle_s=5.0),
        sleep=clock.sleep,
        now_s=lambda: clock.now_s,
    )

    patient.run()

    assert clock.now_s == 5.0


def test_a_server_that_is_away_at_the_start_is_waited_for(agent, server, clock, display):
    server.add_job()
    server.away = True
    tries = iter(range(5))
    clock.on_sleep = lambda: setattr(server, "away", next(tries) < 4)

    agent.run()

    assert len(server.reports) == 1
    assert display.text.count("trying again") == 5


def test_waiting_for_a_server_is_not_being_out_of_work(server, measurer, spool, display, clock):
    agent = Agent(
        client=server,
        measurer=measurer,
        described=measurer.describe(),
        spool=spool,
        display=display,
        settings=AgentSettings(poll_s=1.0, idle_s=3.0),
        sleep=clock.sleep,
        now_s=lambda: clock.now_s,
    )
    server.away = True
    clock.on_sleep = lambda: setattr(server, "away", clock.now_s < 100.0)

    agent.run()

    assert clock.now_s >= 103.0


def test_what_was_measured_while_the_server_was_away_is_reported_later(
    agent, server, measurer, clock, display
):
    server.add_job()
    measurer.on_measure = lambda: setattr(server, "away", True)
    clock.on_sleep = lambda: setattr(server, "away", False)

    agent.run()

    assert len(server.reports) == 1
    assert "trying again" in display.text


def test_reports_of_an_earlier_life_are_handed_in_first_and_in_their_order(
    agent, server, spool, make_report
):
    earlier = [make_report(), make_report()]
    for report in earlier:
        spool.put(report)
    server.add_job()

    agent.run()

    assert [report.session.id for report in server.reports[:2]] == [r.session.id for r in earlier]
    assert len(server.reports) == 3
    assert len(spool) == 0


def test_the_lease_is_renewed_when_half_of_its_time_is_over(agent, server, clock, measurer):
    server.add_job(seconds=10.0)
    measurer.on_measure = lambda: clock.sleep(5.0)

    agent.run()

    assert server.renewed == 1


def test_a_lease_lost_while_measuring_does_not_lose_the_measurements(
    agent, server, clock, measurer, display
):
    server.add_job(seconds=10.0)
    server.lose_leases = True
    measurer.on_measure = lambda: clock.sleep(5.0)

    agent.run()

    (report,) = server.reports
    assert report.session.measurements
    assert report.lease_id is None
    assert "the lease is lost" in display.text


def test_a_lease_that_expired_before_the_report_does_not_lose_the_measurements(
    agent, server, measurer
):
    server.add_job()
    measurer.on_measure = server.held.clear

    agent.run()

    (report,) = server.reports
    assert report.lease_id is None
    assert report.session.measurements


def test_a_server_away_at_renewal_does_not_stop_the_measuring(agent, server, clock, measurer):
    server.add_job(seconds=10.0)

    def go_away():
        clock.sleep(5.0)
        server.away = True

    measurer.on_measure = go_away
    clock.on_sleep = lambda: setattr(server, "away", False)

    agent.run()

    assert server.reports[0].job_id == "job-0"


def test_a_server_that_forgot_the_device_gets_it_registered_again(agent, server):
    agent.run()
    server.registrations.clear()
    server.add_job()

    agent.run()

    assert len(server.registrations) == 1
    assert len(server.reports) == 1


def test_ctrl_c_while_measuring_returns_the_lease(agent, server, measurer):
    server.add_job()

    def interrupt():
        raise KeyboardInterrupt

    measurer.on_measure = interrupt

    with pytest.raises(KeyboardInterrupt):
        agent.run()
    assert server.held == {}
    assert len(server.queue) == 1


def test_a_job_whose_measuring_crashes_once_is_done_the_second_time(agent, server, measurer):
    server.add_job()
    crashes = iter([BackendFailed("signal SIGSEGV")])

    def crash():
        for error in crashes:
            raise error

    measurer.on_measure = crash

    agent.run()

    (report,) = server.reports
    assert report.session.gaps == ()


def test_a_job_whose_measuring_always_crashes_becomes_gaps_and_the_next_is_done(
    agent, server, measurer, operation
):
    server.add_job(operation)

    def crash():
        raise BackendFailed("the measuring process ended with signal SIGSEGV")

    measurer.on_measure = crash

    agent.run()

    (report,) = server.reports
    assert [gap.operation for gap in report.session.gaps] == [operation]
    assert "SIGSEGV" in report.session.gaps[0].reason
    assert report.job_id == "job-0"


def test_a_backend_that_is_gone_returns_the_lease_and_ends_the_agent(agent, server, measurer):
    server.add_job()

    def gone():
        raise BackendUnavailable("onnxruntime was uninstalled")

    measurer.on_measure = gone

    with pytest.raises(BackendUnavailable):
        agent.run()
    assert len(server.queue) == 1


def test_a_refused_report_is_kept_and_does_not_hold_up_the_next(
    agent, server, spool, make_report, display
):
    spool.put(make_report())
    server.refuse_reports = ServerRefused(422, "no such field", {"type": "request-invalid"})

    agent.run()

    assert agent.waiting == 1
    assert "refused and kept" in display.text


def test_a_server_of_another_protocol_ends_the_agent(agent, server):
    def refuse(_):
        raise ServerRefused(409, "protocol 2", {"type": "protocol-mismatch"})

    server.register = refuse

    with pytest.raises(ServerRefused, match="protocol 2"):
        agent.run()


def test_a_machine_that_does_not_get_quiet_makes_the_session_doubtful(
    server, measurer, spool, display, clock
):
    @contextmanager
    def never_quiet(threads, meanwhile):
        yield ("pinned to core 1", "not_quiet: others keep 1.00 cores busy")

    server.add_job()
    agent = Agent(
        client=server,
        measurer=measurer,
        described=measurer.describe(),
        spool=spool,
        display=display,
        settings=AgentSettings(idle_s=0.0),
        make_quiet=never_quiet,
        sleep=clock.sleep,
    )

    agent.run()

    session = server.reports[0].session
    assert "not_quiet: others keep 1.00 cores busy" in session.warnings
    assert session.quiet == ("pinned to core 1", "not_quiet: others keep 1.00 cores busy")


def test_nobody_listening_is_said_with_the_way_out_and_ctrl_c_ends_it(measurer, tmp_path, display):
    def interrupt_when_waiting(text):
        display.lines.append(text)
        if "trying again" in text:
            raise KeyboardInterrupt

    display.say = interrupt_when_waiting

    run_agent("http://127.0.0.1:9", measurer, AgentSettings(), tmp_path, display)

    assert "hna serve" in display.text
    assert display.lines[-1].startswith("stopped: told to stop")


def test_an_agent_that_has_enough_takes_no_further_job(agent, server, operation):
    for _ in range(3):
        server.add_job(operation)

    agent.run(lambda: len(server.reports) == 2)

    assert len(server.reports) == 2
    assert len(server.queue) == 1


def test_an_agent_that_had_enough_can_go_on(agent, server, operation):
    for _ in range(3):
        server.add_job(operation)
    agent.run(lambda: len(server.reports) == 1)

    agent.run()

    assert len(server.reports) == 3
    assert len(server.registrations) == 1


def test_the_error_an_agent_is_content_with_is_registered(
    server, measurer, spool, display, make_quiet
):
    Agent(
        client=server,
        measurer=measurer,
        described=measurer.describe(),
        spool=spool,
        display=display,
        settings=AgentSettings(idle_s=0.0, target_error=0.05),
        make_quiet=make_quiet,
    ).run()

    (registration,) = server.registrations
    assert registration.target_error == 0.05
