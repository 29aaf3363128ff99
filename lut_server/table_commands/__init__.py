"""
``hna table``: what people do with lookup tables, from a server or in a file.

Each subcommand has a file here; ``group`` puts them together.
"""
