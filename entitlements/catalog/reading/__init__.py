"""A file of YAML as a tree of values that know their lines and columns, or what is wrong with it."""
