"""Edits of plan files as texts: only the span that changes, all files or none."""
