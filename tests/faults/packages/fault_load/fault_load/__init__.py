"""Plugins that cannot be loaded; each module or object is one."""
