"""The same question asked of other libraries: `python -m benchmarks.peers`. One adapter a module."""
