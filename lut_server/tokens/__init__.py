"""Bearer tokens and what they allow: endpoints' guard, rules and queries."""
