"""Subject records in a database: SQLite for one machine, PostgreSQL for many. Needs SQLAlchemy."""
