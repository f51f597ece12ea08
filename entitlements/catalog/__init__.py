"""From YAML text to a frozen Catalog: reading, schemas, references, lint."""
