"""Allegro's half of the pretend world: sellers, buyers, offers, orders, their journal, and OAuth."""
