"""Sweeps: one search for each device, budget and seed, here or on a cluster."""
