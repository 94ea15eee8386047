"""Scores and matches into flags. Pure: no I/O, no framework."""
