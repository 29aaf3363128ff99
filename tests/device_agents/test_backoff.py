"""How long an agent waits before it tries again, alone and in a fleet."""

import random
from bisect import bisect_right

from device_agents.backoff import LONGEST_ASKED_S, Backoff

FLEET = 1_000
BOUND = 200
"""Of a fleet of 1,000 that polls every 2 s (500 requests/s when all is well), in any second."""


class Always(random.Random):
    """Draws the same number for ever."""

    def __init__(self, number):
        super().__init__()
        self._number = number

    def random(self):
        return self._number


def arrivals_s(seed, minutes=5, asked_s=0.0):
    """Return when the agents of a fleet try again that lost their server at 0, in order."""
    times = []
    for agent in range(FLEET):
        backoff = Backoff(jitter=random.Random(f"{seed}/{agent}"))
        now_s = backoff.next_s(asked_s)
        while now_s < minutes * 60:
            times.append(now_s)
            now_s += backoff.next_s()
    return sorted(times)


def most_in_a_second(times):
    return max(bisect_right(times, start + 1.0) - index for index, start in enumerate(times))


def test_ceilings_double_from_five_polls_up_to_thirty():
    backoff = Backoff(poll_s=2.0, jitter=Always(1.0))

    assert [backoff.next_s() for _ in range(5)] == [10.0, 20.0, 40.0, 60.0, 60.0]


def test_a_wait_is_drawn_from_the_whole_of_zero_to_its_ceiling():
    assert Backoff(jitter=Always(0.0)).next_s() == 0.0
    assert Backoff(poll_s=2.0, jitter=Always(0.25)).next_s() == 2.5


def test_success_starts_over():
    backoff = Backoff(poll_s=1.0, jitter=Always(1.0))
    backoff.next_s()
    backoff.next_s()

    backoff.reset()

    assert backoff.next_s() == 5.0


def test_what_the_server_asked_for_is_waited_first_and_bounded():
    backoff = Backoff(poll_s=2.0, jitter=Always(0.5))

    assert backoff.next_s(asked_s=30.0) == 30.0 + 5.0
    assert backoff.next_s(asked_s=1e9) == LONGEST_ASKED_S + 10.0


def test_a_fleet_that_lost_its_server_does_not_come_back_in_one_second():
    worst = [most_in_a_second(arrivals_s(seed)) for seed in range(5)]

    assert max(worst) <= BOUND
    assert min(worst) > FLEET / 60  # it does come back


def test_a_fleet_that_was_told_when_to_come_back_does_not_come_at_that_second():
    assert most_in_a_second(arrivals_s(seed=0, asked_s=30.0)) <= BOUND


def test_every_agent_comes_back_within_a_minute_of_a_server_that_returns():
    agents = [Backoff(jitter=random.Random(agent)) for agent in range(FLEET)]
    waits = [max(agent.next_s() for _ in range(50)) for agent in agents]

    assert max(waits) <= 60.0


def test_after_a_day_without_a_server_waits_are_what_they_were_after_a_minute():
    backoff = Backoff(jitter=random.Random(0))
    now_s, tries = 0.0, 0
    while now_s < 24 * 3600:
        wait_s = backoff.next_s()
        assert 0.0 <= wait_s <= 60.0
        now_s, tries = now_s + wait_s, tries + 1

    assert 2_500 < tries < 3_300  # 86,400 s at 30 s each in the mean
