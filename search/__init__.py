"""
Two-stage differentiable search, training, evaluation and export.

It asks the lookup-table server for latencies and never measures anything itself; it loads no web
framework and no database.
"""
