"""What plans and plugins are tested with."""
