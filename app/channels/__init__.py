"""How the outside speaks: the only code that opens a connection."""
