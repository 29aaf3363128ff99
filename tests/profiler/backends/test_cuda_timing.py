"""What is built on the CUDA port, on a GPU that exists only in main memory."""

from dataclasses import replace
from itertools import cycle

import numpy as np
import pytest

from profiler.backends.cuda.flush import gpu_flush
from profiler.backends.cuda.simulated import PROPERTIES, SimulatedCuda
from profiler.backends.cuda.timer import EVENT_STEP_US, event_timer
from profiler.errors import BackendFailed


class Ticking(SimulatedCuda):
    """A GPU whose events come one of these times apart, in turn."""

    def __init__(self, *apart_us):
        super().__init__()
        self._apart_us = cycle(apart_us)

    def elapsed_us(self, enqueue):
        return super().elapsed_us(enqueue) + next(self._apart_us)


def test_the_clock_is_known_by_what_two_events_with_nothing_between_them_say():
    timer = event_timer(Ticking(4.0, 4.5, 4.0))

    assert (timer.name, timer.resolution_us, timer.overhead_us) == ("cuda_events", 0.5, 4.0)


def test_a_clock_whose_steps_cannot_be_seen_has_the_resolution_nvidia_states():
    assert event_timer(Ticking(4.0)).resolution_us == EVENT_STEP_US


def test_flushing_writes_twice_the_l2_cache():
    cuda = SimulatedCuda(replace(PROPERTIES, l2_bytes=4096))

    flush = gpu_flush(cuda)
    flush()

    assert cuda.allocated_bytes == 8192


def test_a_gpu_that_does_not_tell_its_cache_cannot_be_flushed():
    assert gpu_flush(SimulatedCuda(replace(PROPERTIES, l2_bytes=None))) is None


def test_more_memory_than_there_is_is_refused():
    cuda = SimulatedCuda(replace(PROPERTIES, memory_bytes=100))

    with pytest.raises(BackendFailed, match="out of memory: 101 bytes"):
        cuda.allocate(101)


def test_what_is_uploaded_comes_back():
    cuda, array = SimulatedCuda(), np.arange(4, dtype=np.float16)
    address, back = cuda.allocate(array.nbytes), np.zeros_like(array)

    cuda.upload(address, array)
    cuda.download(address, back)

    assert back.tolist() == [0, 1, 2, 3]
