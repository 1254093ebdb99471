"""Lugas beside other GraphQL servers on one database with the same rows; run by `make bench`."""
