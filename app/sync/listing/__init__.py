"""Listing: from products of the store to offers at Allegro."""
