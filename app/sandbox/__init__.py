"""A pretend world: Allegro and a WooCommerce store on loopback, misbehaving on demand.

A program of its own (`python -m app.sandbox`). It shares no code with the service, in either direction,
so that a mistake in one cannot hide the same mistake in the other.
"""
