"""Imports: files of other formats as tables, and bundles: endpoints, rules and queries."""
