"""Measurements that say how fast and how small Lugas is; run by `make bench`, `bench-app` and `fuzz`, never in tests."""
