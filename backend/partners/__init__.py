"""Third-party apps: who they are, with which keys they prove it, and what they may read."""
