"""What should happen: pure functions on frozen dataclasses. Standard library only, no clock, no network."""
