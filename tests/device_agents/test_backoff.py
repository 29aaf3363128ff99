"""How long an agent waits before it tries again."""

import random

from device_agents.backoff import Backoff


class Always(random.Random):
    """Draws the same number for ever."""

    def __init__(self, number):
        super().__init__()
        self._number = number

    def random(self):
        return self._number


def test_waits_double_up_to_the_longest():
    backoff = Backoff(first_s=1.0, longest_s=5.0, jitter=Always(1.0))

    assert [backoff.next_s() for _ in range(5)] == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_jitter_takes_at_most_half_off():
    assert Backoff(first_s=4.0, jitter=Always(0.0)).next_s() == 2.0


def test_success_starts_over():
    backoff = Backoff(first_s=1.0, jitter=Always(1.0))
    backoff.next_s()
    backoff.next_s()

    backoff.reset()

    assert backoff.next_s() == 1.0
