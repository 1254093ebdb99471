"""Measurements that say how fast and how small Lugas is; run by `make bench`, never in tests."""
