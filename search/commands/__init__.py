"""Subcommands of ``hna`` that search, evaluate and demonstrate."""
