"""One process beside each device: identify, make quiet, lease, profile, spool, report."""
