"""The journal of a SqlStore: each call is one transaction, and one UPDATE decides who takes a run up."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from entitlements.clock import from_us, to_us
from entitlements.source.changing import is_storable
from entitlements.source.journal import TAKEN_UP, JournalRun, JournalStep, unfinished
from entitlements.source.sql.database import Database
from entitlements.source.sql.tables import CHANGE_STEPS, CHANGES

_RUN, _STEP = CHANGES.c, CHANGE_STEPS.c
_KEPT = (_RUN.id, _RUN.subject, _RUN.state, _RUN.due_at, _RUN.told, _RUN.why, _RUN.holder, _RUN.held_until)


class SqlJournal:
    """A Journal in the same database as the records."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, run: JournalRun, steps: Iterable[JournalStep]) -> None:
        row = {
            "id": run.id,
            "subject": run.subject,
            "state": run.state,
            "due_at": to_us(run.due),
            "told": _json(run.told),
            "why": run.why,
            "holder": run.holder,
            "held_until": to_us(run.until),
        }
        with self._database.writing() as connection:
            try:
                connection.execute(insert(CHANGES), row)
            except IntegrityError:
                raise unfinished(run.subject) from None
            _write_steps(connection, steps)

    def plan(self, run: str, steps: Iterable[JournalStep]) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(CHANGE_STEPS).where(_STEP.run == run))
            _write_steps(connection, steps)

    def turn(self, run: str, states: Collection[str], state: str, *, why: str | None = None) -> bool:
        turned = update(CHANGES).where(_RUN.id == run, _RUN.state.in_(sorted(states)))
        with self._database.writing() as connection:
            return connection.execute(turned.values(state=state, why=_plain(why))).rowcount == 1

    def take(self, run: str, holder: str, until: datetime) -> None:
        with self._database.writing() as connection:
            taken = update(CHANGES).where(_RUN.id == run)
            connection.execute(taken.values(holder=holder, held_until=to_us(until)))

    def keep(self, run: str, holder: str, until: datetime) -> bool:
        kept = update(CHANGES).where(_RUN.id == run, _RUN.holder == holder)
        with self._database.writing() as connection:
            return connection.execute(kept.values(held_until=to_us(until))).rowcount == 1

    def take_due(self, at: datetime, holder: str, until: datetime) -> JournalRun | None:
        free = or_(_RUN.held_until.is_(None), _RUN.held_until <= to_us(at))
        first = select(_RUN.seq).where(_RUN.state.in_(sorted(TAKEN_UP)), _RUN.due_at <= to_us(at), free)
        # Who comes at the same time takes the next one, and does not wait for this one.
        first = first.order_by(_RUN.due_at, _RUN.seq).limit(1).with_for_update(skip_locked=True)
        taken = update(CHANGES).where(_RUN.seq == first.scalar_subquery())
        taken = taken.values(holder=holder, held_until=to_us(until))
        with self._database.writing() as connection:
            row = connection.execute(taken.returning(*_KEPT)).first()
        return None if row is None else _run(row)

    def mark(
        self,
        run: str,
        number: int,
        state: str,
        *,
        before: Mapping[str, Any] | None = None,
        why: str | None = None,
    ) -> None:
        known = {} if before is None else {"before": _json(before)}
        marked = update(CHANGE_STEPS).where(_STEP.run == run, _STEP.number == number)
        marked = marked.values(state=state, why=_plain(why), **known)
        with self._database.writing() as connection:
            connection.execute(marked)

    def runs(self, subject: str | None = None) -> tuple[JournalRun, ...]:
        wanted = select(*_KEPT).order_by(_RUN.seq)
        if subject is not None:
            if not is_storable(subject):
                return ()
            wanted = wanted.where(_RUN.subject == subject)
        return self._database.read(lambda connection: tuple(map(_run, connection.execute(wanted))))

    def run(self, run: str) -> JournalRun | None:
        if not is_storable(run):
            return None
        wanted = select(*_KEPT).where(_RUN.id == run)
        row = self._database.read(lambda connection: connection.execute(wanted).first())
        return None if row is None else _run(row)

    def steps(self, run: str) -> tuple[JournalStep, ...]:
        wanted = select(CHANGE_STEPS).where(_STEP.run == run).order_by(_STEP.number)
        return self._database.read(lambda connection: tuple(map(_step, connection.execute(wanted))))


def _write_steps(connection: Connection, steps: Iterable[JournalStep]) -> None:
    rows = [
        {
            "run": step.run,
            "number": step.number,
            "state": step.state,
            "told": _json(step.told),
            "before": None if step.before is None else _json(step.before),
            "why": _plain(step.why),
        }
        for step in steps
    ]
    if rows:
        connection.execute(insert(CHANGE_STEPS), rows)


def _run(row: Row[*tuple[Any, ...]]) -> JournalRun:
    due, until = from_us(row.due_at), from_us(row.held_until)
    return JournalRun(row.id, row.subject, row.state, due, json.loads(row.told), row.why, row.holder, until)


def _step(row: Row[*tuple[Any, ...]]) -> JournalStep:
    before = None if row.before is None else json.loads(row.before)
    return JournalStep(row.run, row.number, row.state, json.loads(row.told), before, row.why)


def _json(told: Mapping[str, Any]) -> str:
    return json.dumps(dict(told), sort_keys=True, separators=(",", ":"))


def _plain(why: str | None) -> str | None:
    """A checker may say what no database takes; that must not hold up what it has done."""
    return why if why is None else why.encode(errors="replace").decode().replace("\0", "?")
