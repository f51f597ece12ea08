"""Where subject records come from."""
