"""Backups of a store that is in use: one file module for each kind of database."""
