"""The jobs of notifications."""

PUSH = "push"
