"""Adapters to runtimes.  Nobody imports one by statement; ``registry`` loads it by name."""
