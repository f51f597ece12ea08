"""Finds no memory when it is imported."""

raise MemoryError
