"""What an agent does between a turn that failed and the next: say why, wait, try again."""

from __future__ import annotations

from collections.abc import Callable

from device_agents.backoff import Backoff
from device_agents.display import Display
from lut_server.client import LutClient
from profiler.errors import HnaError, ServerRefused

TOKEN_REFUSED = ("token-missing", "token-invalid", "token-scope")
"""Problem types that a new token mends."""


class Patience:
    """
    Waits for a server that is away, in trouble, or that does not take the agent's token.

    Args:
        client: of the server.
        display: tells people.
        backoff: how long to wait.
        sleep: waits.
    """

    def __init__(
        self,
        client: LutClient,
        display: Display,
        backoff: Backoff,
        sleep: Callable[[float], None],
    ) -> None:
        self._client = client
        self._display = display
        self._backoff = backoff
        self._sleep = sleep
        self._token_refused = False

    def before_turn(self) -> None:
        """
        Look for a new token, if the one before was refused.

        Raises:
            TokenUnusable: its file cannot be read or sent.
        """
        if self._token_refused:
            self._client.reread_token()

    def after_turn(self) -> None:
        """Start over: something worked."""
        self._token_refused = False
        self._backoff.reset()

    def wait_after(self, error: HnaError) -> None:
        """Say what went wrong and wait; no shorter than the server asked for."""
        asked_s = 0.0
        if isinstance(error, ServerRefused):
            asked_s = error.retry_after_s
            self._consider_token(error)
        wait_s = self._backoff.next_s(asked_s)
        self._display.say(f"{error}; trying again in {wait_s:.1f} s")
        self._sleep(wait_s)

    def _consider_token(self, refusal: ServerRefused) -> None:
        if refusal.fields.get("type") not in TOKEN_REFUSED or self._token_refused:
            return
        self._token_refused = True
        self._display.say(
            "the server does not take this agent's token; put a good one of scope agent into the "
            "file that HNA_TOKEN_FILE names, which is read again before every try (a token in "
            "HNA_TOKEN needs the agent started again); nothing that was measured is lost"
        )
