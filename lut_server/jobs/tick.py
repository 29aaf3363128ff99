"""When it is time again for what need not be done at every request."""

from __future__ import annotations

from threading import Lock

TICK_S = 1.0


class Tick:
    """Says about once a second that it is time, and at once when the clock was set back."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last_s: float | None = None

    def due(self, now_s: float) -> bool:
        """Return whether it is time, which whoever asks next then is not told again."""
        with self._lock:
            last_s = self._last_s
            if last_s is not None and last_s <= now_s < last_s + TICK_S:
                return False
            self._last_s = now_s
            return True
