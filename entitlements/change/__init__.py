"""What a change of plan would do, and doing it."""
