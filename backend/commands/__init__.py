"""One module a command, so that each process imports only what it works with."""
