"""Tables: entries and certificates: endpoints, rules and queries."""
