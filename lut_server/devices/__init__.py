"""Devices: endpoints, rules and queries."""
