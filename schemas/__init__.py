"""JSON Schemas: of the files of a catalog here, of what commands print as JSON in `output/`."""
