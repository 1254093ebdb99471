"""Residents who take part: following public money, asking about it in public, and proposing what it is for."""
