"""Onboarding: a new device measures a handful and gets a whole table (``hna onboard``)."""
