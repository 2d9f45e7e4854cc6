"""Keeps one WooCommerce store in step with any number of Allegro seller accounts."""
