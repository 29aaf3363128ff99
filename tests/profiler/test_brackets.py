"""The sentinel between visits."""

from __future__ import annotations

from profiler.backends.port import Prepared
from profiler.measuring.brackets import Brackets


def brackets(*latencies_us):
    stream = iter(latencies_us)
    return Brackets(Prepared(execute=lambda times: next(stream)))


def test_a_reading_is_the_faster_of_two_executions():
    one = brackets(12.0, 10.0)

    one.read()

    assert one.readings_us == [10.0]


def test_readings_are_as_far_apart_as_keeps_them_at_a_twentieth_of_the_time():
    one = brackets(*[10.0] * 4)
    one.read()

    one.elapsed(379.0)  # 20 us of executions are 1/20 of 400 us
    early = one.read()
    one.elapsed(1.0)
    late = one.read()

    assert (early, late) == (0, 1)


def test_slow_is_a_tenth_above_the_lower_quartile_of_all_readings():
    one = brackets()
    one.readings_us = [10.0, 10.0, 10.9, 11.1, 20.0]

    assert one.slow() == [False, False, False, True, True]
