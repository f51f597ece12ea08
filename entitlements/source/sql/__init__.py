"""Subject records in a database: SQLite for one machine, PostgreSQL for many."""

from importlib.util import find_spec

if find_spec("sqlalchemy") is None:
    msg = "a store in a database needs SQLAlchemy: pip install 'entitlements[standard]'"
    raise ImportError(msg)
