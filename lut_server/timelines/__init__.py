"""An operation over time: endpoints, rules and queries."""
