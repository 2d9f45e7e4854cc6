"""Shipping: parcel numbers and what Allegro is told of orders on their way."""
