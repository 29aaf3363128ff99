"""The measuring loop and the rules by which it warms up, samples and stops."""
