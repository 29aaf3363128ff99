"""The steps of the schema's history, each in a file of its own."""
