"""Strange, broken and hostile requests against a real server with a real database; run by `make fuzz`."""
