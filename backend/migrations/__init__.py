"""How the database came to be: numbered steps, expand first, contract in a later release."""
