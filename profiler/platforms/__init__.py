"""Reading a machine: who it is, and what it is doing right now."""
