"""What differs between two catalogs, and what each difference does to subscribers."""
