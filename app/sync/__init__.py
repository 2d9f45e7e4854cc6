"""Doing it: every job reads, plans (pure), applies and records."""
