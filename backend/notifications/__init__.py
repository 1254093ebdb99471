"""Telling people: every sentence the city sends, the in-app notices, and Web Push to their devices."""
