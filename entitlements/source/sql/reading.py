"""Whole records out of the database: one statement for one subject, and one for however many."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import starmap
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from entitlements.source.changing import is_storable
from entitlements.source.rows import read_record
from entitlements.source.sql.database import Database
from entitlements.source.sql.tables import OF_RECORD
from entitlements.subject import SubjectRecord


class Reading:
    """The two statements, made once. A row they give is a part of the record, and a JSON array of values."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._one = _statement(database, lambda subject: subject == bindparam("subject"))
        self._many = _statement(database, _among(database))

    def one(self, subject: str) -> SubjectRecord | None:
        if not is_storable(subject):
            return None
        return self._database.read(lambda connection: self.within(connection, subject))

    def within(self, connection: Connection, subject: str) -> SubjectRecord | None:
        """The record as the transaction of `connection` sees it."""
        rows: dict[str, list[tuple[Any, ...]]] = {}
        for part, values in connection.execute(self._one, {"subject": subject}):
            rows.setdefault(part, []).append(json.loads(values))
        return read_record(subject, rows) if rows else None

    def many(self, subjects: Iterable[str]) -> Mapping[str, SubjectRecord]:
        asked = [subject for subject in dict.fromkeys(subjects) if is_storable(subject)]
        if not asked:
            return {}
        return self._database.read(lambda connection: self.many_within(connection, asked))

    def many_within(self, connection: Connection, asked: Sequence[str]) -> Mapping[str, SubjectRecord]:
        """The records of those of `asked` that the transaction of `connection` sees."""
        given = {"subjects": json.dumps(asked) if self._database.is_sqlite else asked}
        found: dict[str, dict[str, list[tuple[Any, ...]]]] = {}
        for part, values in connection.execute(self._many, given):
            row = json.loads(values)
            found.setdefault(row[0], {}).setdefault(part, []).append(row)
        return {subject: read_record(subject, found[subject]) for subject in asked if subject in found}


def _statement(database: Database, condition: Callable[[ColumnElement[str]], ColumnElement[bool]]) -> Any:
    array = func.json_array if database.is_sqlite else func.json_build_array

    def rows(part: str, table: Table) -> Any:
        values = cast(array(*table.c), Text)
        return select(literal_column(f"'{part}'"), values).where(condition(table.c.subject))

    return union_all(*starmap(rows, OF_RECORD.items()))


def _among(database: Database) -> Callable[[ColumnElement[str]], ColumnElement[bool]]:
    """All subjects travel in one parameter, so that their number is no matter."""
    if database.is_sqlite:
        given = func.json_each(bindparam("subjects")).table_valued("value")
        return lambda subject: subject.in_(select(given.c.value))
    return lambda subject: subject == func.any(bindparam("subjects", type_=ARRAY(Text)))
