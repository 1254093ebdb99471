"""The city of Malang as data: offices, places, days off, office hours and its 37 services."""
