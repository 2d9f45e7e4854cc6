"""How others ask: thin, one file per resource. The paths and fields are a contract."""
