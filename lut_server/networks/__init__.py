"""Networks that searches found: endpoints, rules and queries."""
