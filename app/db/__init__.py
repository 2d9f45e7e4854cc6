"""What we remember: the only SQL. Functions per noun take a session; one transaction per step."""
