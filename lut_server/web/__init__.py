"""The web page for people: rendered here, usable by keyboard, loading nothing from elsewhere."""
