"""What an agent does about a server that is away, busy, or does not take its token."""

from profiler.errors import ServerRefused


def test_a_server_that_is_away_for_a_day_loses_nothing(
    agent, server, measurer, spool, clock, display
):
    server.add_job()
    measurer.on_measure = lambda: setattr(server, "away", True)
    clock.on_sleep = lambda: setattr(server, "away", clock.now_s < 24 * 3600)

    agent.run()

    assert len(server.reports) == 1
    assert len(spool) == 0
    assert 24 * 3600 <= clock.now_s < 24 * 3600 + 60
    assert display.text.count("trying again") > 24 * 3600 / 60  # never longer than a minute


def test_a_server_that_asks_for_patience_gets_it(agent, server, clock):
    server.add_job()
    busy = ServerRefused(503, "the database is busy", {"type": "store-failed"}, 120.0)

    def refuse(_):
        del server.register
        raise busy

    server.register = refuse

    agent.run()

    assert len(server.reports) == 1
    assert clock.now_s >= 120.0


def test_a_token_that_is_refused_is_read_again_before_every_try(agent, server, display):
    server.add_job()
    refused = ServerRefused(401, "token 7 was revoked", {"type": "token-invalid"})
    good = iter([False, False, True])

    def register(registration):
        raise refused

    def reread():
        if next(good):
            del server.register

    server.register, server.reread_token = register, reread

    agent.run()

    assert len(server.reports) == 1
    assert display.text.count("does not take this agent's token") == 1
    assert display.text.count("trying again") == 3
