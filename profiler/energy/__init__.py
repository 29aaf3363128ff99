"""Energy of one execution, where the device's rails can be read."""
