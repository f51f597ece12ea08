"""Renderers: each takes a finished value and nothing else."""
