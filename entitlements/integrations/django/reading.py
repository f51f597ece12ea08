"""Whole records out of Django's database: one statement, for one subject or for however many."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from django.db import connections
from django.db.models import TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import JSONArray

from entitlements.integrations.django.models import OF_RECORD, columns
from entitlements.source.changing import is_storable
from entitlements.source.rows import read_record
from entitlements.subject import SubjectRecord

# All subjects travel in one parameter, so that their number is no matter.
_EACH: Final = {
    "sqlite": "SELECT value FROM json_each(%s)",
    "postgresql": "SELECT jsonb_array_elements_text(%s::jsonb)",
}
_SUBJECTS: Final = "the subjects come here"


def records(database: str, subjects: Iterable[str]) -> dict[str, SubjectRecord]:
    """The records of those `subjects` that are known, as the connection sees them now."""
    asked = [subject for subject in dict.fromkeys(subjects) if is_storable(subject)]
    if not asked:
        return {}
    sql, params = _statement(database)
    told = json.dumps(asked)
    found: dict[str, dict[str, list[tuple[Any, ...]]]] = {}
    with connections[database].cursor() as cursor:
        cursor.execute(sql, [told if param == _SUBJECTS else param for param in params])
        for part, values in cursor:
            row = json.loads(values)
            found.setdefault(row[0], {}).setdefault(part, []).append(row)
    return {subject: read_record(subject, found[subject]) for subject in asked if subject in found}


@cache
def _statement(database: str) -> tuple[str, tuple[Any, ...]]:
    """The SELECT of all parts, with its parameters. Django takes far longer to word it than to run it."""
    among = RawSQL(_EACH[connections[database].vendor], [_SUBJECTS])  # noqa: S611  a constant
    parts = [
        model.objects.using(database)
        .filter(subject__in=among)
        .values_list(Value(part, TextField()), JSONArray(*columns(model)))
        for part, model in OF_RECORD.items()
    ]
    whole = parts[0].union(*parts[1:], all=True).query
    found: tuple[str, tuple[Any, ...]] = whole.get_compiler(database).as_sql()
    return found
