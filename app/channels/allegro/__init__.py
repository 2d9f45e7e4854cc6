"""Allegro's REST API."""
