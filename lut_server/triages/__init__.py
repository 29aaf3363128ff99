"""What to measure again after an upgrade: endpoints and rules."""
