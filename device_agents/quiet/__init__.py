"""
Making a machine quiet while it is measured, and loud again.

One module for each thing that is changed.  What belongs to this process (affinity, priority) dies
with it; what belongs to the machine (governors, clocks) goes through ``quiet.journal``, so that it
is put back also after a crash.  What is not permitted is said, not fatal.
"""

from device_agents.quiet.contention import NOT_QUIET
from device_agents.quiet.keeping import quiet
from device_agents.quiet.settings import QuietSettings

__all__ = ["NOT_QUIET", "QuietSettings", "quiet"]
