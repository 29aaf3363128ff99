"""Jobs and their leases: endpoints, rules and queries."""
