"""Campaigns: endpoints, rules and queries."""
