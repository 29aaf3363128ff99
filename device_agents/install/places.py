"""
Where an installed agent lives.

Every path hangs below a root, so that an installation can be tried, or an image of a board
prepared, in a folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

USER = "hna-agent"
SERVICE = "hna-agent.service"
STATE = Path("/var/lib/hna-agent")
CONFIG = Path("/etc/hna/agent.env")
TOKEN = Path("/etc/hna/agent.token")
UNIT = Path("/etc/systemd/system") / SERVICE
WANTED = Path("/etc/systemd/system/multi-user.target.wants") / SERVICE


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """
    The paths of an installation.

    Args:
        root: the tree to install in; ``/`` is this machine.
    """

    root: Path = Path("/")

    @property
    def live(self) -> bool:
        """Whether this is the running machine, whose systemd must be told."""
        return self.root == Path("/")

    @property
    def state(self) -> Path:
        """Folder of the spool and the lock."""
        return self.below(STATE)

    @property
    def config(self) -> Path:
        """What the service reads its environment from."""
        return self.below(CONFIG)

    @property
    def token(self) -> Path:
        """The token the agent shows its server."""
        return self.below(TOKEN)

    @property
    def unit(self) -> Path:
        """The systemd unit."""
        return self.below(UNIT)

    @property
    def wanted(self) -> Path:
        """The link by which the service starts with the machine."""
        return self.below(WANTED)

    def below(self, path: Path) -> Path:
        """Return where absolute *path* lies in this tree."""
        return self.root / path.relative_to("/")
