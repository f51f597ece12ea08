"""Finished values for people to read, and what writes each of them down."""
