"""What a subject will be charged next."""
