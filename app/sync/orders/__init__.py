"""Allegro's orders into the store: each exactly once."""
