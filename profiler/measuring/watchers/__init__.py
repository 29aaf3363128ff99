"""Watchers: each judges one thing that can spoil a sample."""
