"""Documents against their JSON Schemas, and what does not fit in plain words."""
