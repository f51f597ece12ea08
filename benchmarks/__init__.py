"""How fast, how small: `python -m benchmarks`, and beside other libraries `python -m benchmarks.peers`."""
