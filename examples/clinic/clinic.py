"""The clinic: a small application on SQLite. `python clinic.py clinic.db` makes its database, much in use."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
#: What a user can switch, and by which column.
SWITCHES: Final = {
    "broadcasts": "active",
    "alerts": "active",
    "roles": "archived",
    "rules": "active",
    "forwarders": "active",
    "reports": "hidden",
    "security": "active",
}


def create(path: Path) -> None:
    """Make the database at `path`, with the data of a project space that uses a lot."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript((HERE / "schema.sql").read_text(encoding="utf-8"))
        database.executescript((HERE / "seed.sql").read_text(encoding="utf-8"))
        database.commit()


def switch(database: sqlite3.Connection, table: str, row: int, *, to: bool) -> None:
    """What a user does who activates or deactivates a thing, or hides or archives it."""
    column = SWITCHES[table]
    database.execute(f"UPDATE {table} SET {column} = ?, edits = edits + 1 WHERE id = ?", (to, row))  # noqa: S608
    database.commit()


def due_messages(database: sqlite3.Connection, project: str) -> list[str]:
    """The broadcasts and alerts that go out."""
    found = database.execute(
        "SELECT name FROM broadcasts WHERE project = :project AND active"
        " UNION ALL SELECT name FROM alerts WHERE project = :project AND active AND rule_on",
        {"project": project},
    )
    return [name for (name,) in found]


if __name__ == "__main__":
    create(Path(sys.argv[1]))
