"""``hna agent install``: an agent as a service of systemd, on a board or any Linux machine."""
