"""Health of devices: endpoints, rules and queries."""
