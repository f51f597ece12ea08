"""The engine within other people's frameworks, each with an extra of its own."""
