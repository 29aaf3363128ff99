"""Training one derived network from scratch."""
