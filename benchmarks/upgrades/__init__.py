"""Upgrades of a runtime, measured or imagined, and what a triage of them would have found."""
