"""From a Catalog, checkers and a subject's record to decisions."""
