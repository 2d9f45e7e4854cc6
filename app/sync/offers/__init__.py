"""Linked offers: what Allegro shows of them, and what they shall show."""
