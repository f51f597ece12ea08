"""JSON Schemas for editors, with the names of one catalog in them."""
