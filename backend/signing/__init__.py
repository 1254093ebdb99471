"""Letters and signatures: numbers without gaps, drafts as PDF, and a port for whoever holds the keys."""
