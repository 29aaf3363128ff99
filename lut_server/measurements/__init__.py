"""Measurements and the reports that bring them: endpoints, rules and queries."""
