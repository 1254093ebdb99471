"""Known documents answered without graphql-core: compiled once, then rows to bytes."""
