"""
How a number is made: operations as values, backends, the measuring loop.

The package knows no network and no database, and importing it loads the standard library and
numpy only; every runtime is loaded by its own backend module, when that backend is asked for.
"""
