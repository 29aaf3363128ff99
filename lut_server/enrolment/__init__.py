"""Enrolment: a short code that a board turns into a token of its own."""
