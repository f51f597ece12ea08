# Catalogs that are read as data, most of them broken on purpose; their plan tests are none of this suite.
collect_ignore_glob = ["*"]
