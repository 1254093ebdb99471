"""Who may act in whose post: stand-ins, absences, and offices that nobody can sign for."""
