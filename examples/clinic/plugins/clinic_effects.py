"""What a loss does in the clinic: its checkers measure, tell, carry out and undo it.

The database is the file that the environment variable CLINIC_DB names, else `clinic.db`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from entitlements import Checker, Done, Effect, Example, Loss, Step, Thing, Usage, hookimpl

SHOWN: Final = 5


class Switch(NamedTuple):
    """One kind of thing that a loss switches off: which rows of a table, and by which column."""

    table: str
    column: str
    #: What the column holds while the thing is in use.
    on: int = 1
    only: str = "1"


MESSAGES: Final = (Switch("broadcasts", "active"), Switch("alerts", "active"))
SURVEYS: Final = tuple(Switch(each.table, each.column, only="survey") for each in MESSAGES)
REPORTS: Final = (Switch("reports", "hidden", on=0),)
#: While one of these is left, builder reports stay.
BUILDERS: Final = frozenset(
    {"report_builder_trial", *(f"report_builder_{count}_reports" for count in (5, 15, 30))}
)
SWITCHED: Final[Mapping[str, tuple[Switch, ...]]] = {
    "outbound_sms": MESSAGES,
    "inbound_sms": SURVEYS,
    "role_based_access": (Switch("roles", "archived", on=0, only="custom"),),
    "data_cleanup": (Switch("rules", "active"),),
    "data_forwarding": (Switch("forwarders", "active"),),
    "commcare_logo_uploader": (Switch("apps", "logo_shown"),),
    "practice_mobile_workers": (Switch("apps", "practice"),),
    "advanced_domain_security": (Switch("security", "active"),),
    "user_configurable_report_builder": REPORTS,
    **dict.fromkeys(sorted(BUILDERS), REPORTS),
}
#: Features and caps that are counted and left as they are: table and condition.
COUNTED: Final[Mapping[str, tuple[str, str]]] = {
    "cloudcare": ("apps", "web"),
    "lookup_tables": ("lookup_tables", "1"),
    "deidentified_data": ("exports", "deidentified"),
    "mobile_users": ("users", "kind = 'mobile' AND active"),
    "web_users": ("users", "kind = 'web' AND active"),
}


@contextmanager
def _clinic() -> Iterator[sqlite3.Connection]:
    # A file that is not there is a failure to say, not an empty clinic; mode=rw does not make one.
    path = Path(os.environ.get("CLINIC_DB", "clinic.db")).absolute()
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, isolation_level=None)) as database:
        yield database


@contextmanager
def _changing() -> Iterator[sqlite3.Connection]:
    with _clinic() as database:
        database.execute("BEGIN IMMEDIATE")
        yield database
        database.execute("COMMIT")  # where something was raised, closing rolls back


def _usage(names: list[str]) -> Usage:
    return Usage(len(names), examples=tuple(map(Example, names[:SHOWN])))


class Switched(Checker):
    """The features whose loss switches something off."""

    name = "clinic_switched"
    features = tuple(SWITCHED)

    def usage(self, subject: str, feature: str, at: datetime) -> Usage | None:  # noqa: ARG002
        if feature not in SWITCHED:
            return None
        return _usage([str(thing.label) for thing in _in_use(subject, feature)])

    def effects(self, loss: Loss) -> Iterable[Effect] | None:
        key = loss.feature.key
        if key == "role_based_access" and loss.to.startswith("paused@"):
            return ()  # a paused project space keeps its roles for when it comes back
        if SWITCHED[key] is REPORTS and not BUILDERS.isdisjoint(loss.keeps):
            return ()
        things = tuple(_in_use(loss.subject, key))
        return (Effect("deactivated", len(things), things=things),) if things else ()

    def apply(self, step: Step) -> Mapping[str, Any]:
        switch, row = _found(step)
        with _changing() as database:
            done = database.execute(
                "SELECT was_on, edits FROM switched_off WHERE step = ?", (step.key,)
            ).fetchone()
            if done is None:
                done = _state(database, switch, row, step.subject)
                if done is None:
                    return {"was_on": 0, "edits": 0}  # deleted meanwhile: there is nothing to switch off
                _put(database, switch, row, on=False)
                database.execute("INSERT INTO switched_off VALUES (?, ?, ?)", (step.key, *done))
        return {"was_on": done[0], "edits": done[1]}

    def undo(self, record: Done) -> str | None:
        switch, row = _found(record.step)
        with _changing() as database:
            noted = database.execute(
                "SELECT 1 FROM switched_off WHERE step = ?", (record.step.key,)
            ).fetchone()
            if noted is None:  # it was taken back before
                return None
            now = _state(database, switch, row, record.step.subject)
            was_on, edits = record.before["was_on"], record.before["edits"]
            if not was_on or now == (0, edits):
                if was_on:
                    _put(database, switch, row, on=True)
                database.execute("DELETE FROM switched_off WHERE step = ?", (record.step.key,))
                return None
        return "it was deleted since" if now is None else "somebody changed it since; it was left as it is"


def _in_use(subject: str, feature: str) -> Iterator[Thing]:
    with _clinic() as database:
        for switch in SWITCHED[feature]:
            rows = database.execute(
                f"SELECT id, name FROM {switch.table}"  # noqa: S608  names from the table above
                f" WHERE project = ? AND {switch.column} = ? AND {switch.only} ORDER BY id",
                (subject, switch.on),
            )
            yield from (Thing(f"{switch.table}/{row}", name) for row, name in rows)


def _found(step: Step) -> tuple[Switch, int]:
    if step.thing is None:
        msg = f"{step.feature}: which thing is to be switched off?"
        raise ValueError(msg)
    table, _, row = step.thing.id.partition("/")
    return next(switch for switch in SWITCHED[step.feature] if switch.table == table), int(row)


def _state(database: sqlite3.Connection, switch: Switch, row: int, subject: str) -> tuple[int, int] | None:
    """Whether it is on, and how often its users changed it; None if there is no such thing."""
    found: tuple[int, int] | None = database.execute(
        f"SELECT {switch.column} = ?, edits FROM {switch.table} WHERE id = ? AND project = ?",  # noqa: S608
        (switch.on, row, subject),
    ).fetchone()
    return found


def _put(database: sqlite3.Connection, switch: Switch, row: int, *, on: bool) -> None:
    value = switch.on if on else 1 - switch.on
    database.execute(f"UPDATE {switch.table} SET {switch.column} = ? WHERE id = ?", (value, row))  # noqa: S608


class Counted(Checker):
    """What is kept as it is, and therefore only counted."""

    name = "clinic_counted"
    features = tuple(COUNTED)

    def usage(self, subject: str, feature: str, at: datetime) -> Usage | None:  # noqa: ARG002
        if feature not in COUNTED:
            return None
        table, only = COUNTED[feature]
        with _clinic() as database:
            rows = database.execute(
                f"SELECT name FROM {table} WHERE project = ? AND {only} ORDER BY id",  # noqa: S608
                (subject,),
            )
            return _usage([name for (name,) in rows])


@hookimpl
def entitlements_checkers() -> Iterable[Checker]:
    """What this plugin brings."""
    return (Switched(), Counted())
