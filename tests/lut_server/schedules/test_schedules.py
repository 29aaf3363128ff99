"""
No schedule of agents, people, clocks and crashes loses or doubles a measurement.

A few schedules each time; ``HNA_SCHEDULES=10000`` tries so many, other ones each time.
"""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.lut_server.schedules.machine import Schedules, World

USUALLY = 12
STEPS = 30


@pytest.fixture
def world(settings, clock, bench):
    world = World(settings, clock, bench)
    yield world
    world.close()


@pytest.mark.timeout(0)
@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
def test_no_schedule_loses_or_doubles_a_measurement(world):
    asked = os.environ.get("HNA_SCHEDULES")
    profile = settings(
        max_examples=int(asked or USUALLY),
        stateful_step_count=STEPS,
        derandomize=asked is None,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )

    run_state_machine_as_test(lambda: Schedules(world), settings=profile)
