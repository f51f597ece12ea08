"""DjangoStore: subject records in the host's own database, on Django's connection and in its transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from itertools import chain
from typing import Any

from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    connections,
    transaction,
)
from django.db.models import F, Subquery

from entitlements.clock import Clock
from entitlements.errors import StoreConflict, StoreError, StoreUnavailable
from entitlements.integrations.django.models import OF_RECORD, Audit, AuditHead, Subject, columns
from entitlements.integrations.django.reading import records
from entitlements.source.audit import NO_HASH, AuditRow, Broken, broken, next_row
from entitlements.source.changing import (
    audited,
    changed_record,
    is_storable,
    refuse_unstorable,
    values_refused,
)
from entitlements.source.protocol import Changes, Entry, Rule, Token
from entitlements.source.rows import Rows, rows_of
from entitlements.subject import SubjectRecord

_AT_ONCE = 1_000
_PARTS = tuple((part, model) for part, model in OF_RECORD.items() if model is not Subject)


class _Told:
    """Waits in Django's list for the commit, then tells the listeners. A rollback throws it away."""

    def __init__(self, store: DjangoStore, subject: str, before: SubjectRecord | None) -> None:
        self.store = store
        self.subject = subject
        self.before = before
        self.done = False
        self.in_a_test = False

    def __call__(self) -> None:
        self.done = True
        # Only `captureOnCommitCallbacks` of Django's TestCase calls before the commit, which never comes.
        self.in_a_test = connections[self.store.database].in_atomic_block
        self._tell()

    def __del__(self) -> None:
        """Django drops its list in a rollback: what the listeners read in such a test never was."""
        if self.in_a_test:
            self._tell()

    def _tell(self) -> None:
        for changed in self.store.listeners:
            changed(self.subject)


class DjangoStore:
    """The store in `database`, an alias of DATABASES. A change joins the transaction it is made in.

    Until that commits, the store answers with what was there before: an engine keeps what it reads, and must
    never keep what may be rolled back. The rules of further changes see what the transaction has written.
    """

    clock: Clock | None = None

    def __init__(self, database: str = "default") -> None:
        self.database = database
        self.listeners: list[Callable[[str], None]] = []

    def load(self, subject: str) -> SubjectRecord | None:
        return self.load_many([subject]).get(subject)

    def load_many(self, subjects: Iterable[str]) -> Mapping[str, SubjectRecord]:
        asked = tuple(subjects)
        before = {told.subject: told.before for told in reversed(self._waiting())}
        with self._errors_told():
            found = records(self.database, (subject for subject in asked if subject not in before))
        known = {subject: before.get(subject) or found.get(subject) for subject in asked}
        return {subject: record for subject, record in known.items() if record is not None}

    def subjects(self) -> Iterable[str]:
        with self._errors_told():
            return list(self._rows(Subject).order_by("subject").values_list("subject", flat=True))

    def revision(self, subject: str) -> int | None:
        if not is_storable(subject):
            return None
        for told in self._waiting():
            if told.subject == subject:
                return told.before.revision if told.before else None
        with self._errors_told():
            found: int | None = (
                self._rows(Subject).filter(subject=subject).values_list("revision", flat=True).first()
            )
        return found

    def listen(self, changed: Callable[[str], None]) -> None:
        """Have `changed(subject)` called when a change made through this very object is committed."""
        self.listeners.append(changed)

    def change(self, subject: str, rule: Rule, entry: Entry) -> Token:
        refuse_unstorable(subject)
        with self._errors_told(), transaction.atomic(using=self.database):
            head = self._lock()
            before = records(self.database, [subject]).get(subject)
            blank = SubjectRecord(subject)
            after = changed_record(before or blank, rule, known=before is not None)
            if after is None:
                transaction.set_rollback(True, using=self.database)  # gives the lock back at once
                return Token(subject, (before or blank).revision)
            with values_refused():
                self._write(rows_of(before or blank), rows_of(after))
                self._append(next_row(head, audited(before, after, entry)))
            transaction.on_commit(_Told(self, subject, before), using=self.database)
        return Token(subject, after.revision)

    def changes(self, since: int | None) -> Changes:
        connection = connections[self.database]
        if connection.errors_occurred:
            # After a request Django looks whether the connection broke; what follows a source is no request.
            connection.close_if_unusable_or_obsolete()
        with self._errors_told():
            position, _ = self._head()
            if since is None:
                return Changes(position, ())
            if since > position:
                # What was told beyond here is no more, so nothing is known of anybody.
                return Changes(position, tuple(self.subjects()))
            # Rows are numbered without a gap, so all up to the position just read are there.
            later = self._rows(Audit).filter(seq__gt=since, seq__lte=position)
            return Changes(position, tuple(sorted(set(later.values_list("subject", flat=True)))))

    def audit(self, subject: str | None = None, *, since: int = 0) -> Iterator[AuditRow]:
        while True:
            with self._errors_told():
                wanted = self._rows(Audit).filter(seq__gt=since).order_by("seq")
                if subject is not None:
                    wanted = wanted.filter(subject=subject)
                rows = [AuditRow(*row) for row in wanted.values_list(*columns(Audit))[:_AT_ONCE]]
            yield from rows
            if len(rows) < _AT_ONCE:
                return
            since = rows[-1].seq

    def verify(self) -> Iterator[Broken]:
        # Each row brings the head along, so that one statement sees all of one moment.
        head = self._rows(AuditHead)
        seen = self._rows(Audit).annotate(
            head_seq=Subquery(head.values("seq")[:1]), head_hash=Subquery(head.values("hash")[:1])
        )
        wanted = seen.order_by("seq").values_list(*columns(Audit), "head_seq", "head_hash")
        with self._errors_told():
            rows = wanted.iterator(chunk_size=_AT_ONCE)
            first = next(rows, None)
            *_, seq, last = first or self._head()
            read = chain([first] if first else [], rows)
            yield from broken((row[:-2] for row in read), (seq or 0, last or NO_HASH))

    def _rows(self, model: Any) -> Any:
        return model.objects.using(self.database)

    def _waiting(self) -> list[_Told]:
        """What this thread's transaction has changed and not yet committed, the oldest first."""
        waiting = (entry[1] for entry in connections[self.database].run_on_commit)
        return [told for told in waiting if isinstance(told, _Told) and told.store is self and not told.done]

    def _head(self) -> tuple[int, str]:
        found: tuple[int, str] | None = self._rows(AuditHead).values_list("seq", "hash").first()
        return found or (0, NO_HASH)

    def _lock(self) -> tuple[int, str]:
        """The head of the log, locked until the transaction ends; before any subject, always.

        A host's transaction may change several subjects, in any order: two of them wait for each other here,
        and cannot dead-lock. As the first statement it also takes SQLite's turn to write before it reads.
        """
        self._rows(AuditHead).update(seq=F("seq"))
        return self._head()

    def _write(self, old: Rows, new: Rows) -> None:
        """Write what differs. All that goes is gone before anything comes, so nothing collides midway."""
        for part, model in reversed(_PARTS):
            for row in old[part]:
                if row not in new[part]:
                    self._rows(model).filter(pk=self._object(model, row).pk).delete()
        (subject,) = (self._object(Subject, row) for row in new["subjects"])
        subject.save(using=self.database, force_insert=subject.revision == 1)
        for part, model in _PARTS:
            come = [self._object(model, row) for row in new[part] if row not in old[part]]
            self._rows(model).bulk_create(come)

    def _append(self, row: AuditRow) -> None:
        Audit(**asdict(row)).save(using=self.database, force_insert=True)
        self._rows(AuditHead).update(seq=row.seq, hash=row.hash)

    @staticmethod
    def _object(model: Any, row: tuple[Any, ...]) -> Any:
        return model(**dict(zip(columns(model), row, strict=True)))

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        """Nothing of the driver or of Django leaves the store."""
        try:
            yield
        except (IntegrityError, DataError) as error:
            msg = f"the store takes no such change: {_said(error)}"
            raise StoreConflict(msg) from error
        except transaction.TransactionManagementError as error:
            # The host goes on in a transaction that an error of its own has ended; the database is well.
            msg = f"the transaction around this is broken: {_said(error)}"
            raise StoreError(msg, hint="leave its atomic block first") from error
        except (DatabaseError, InterfaceError) as error:
            msg = f'the database "{self.database}" does not answer: {_said(error)}'
            hint = "see that it runs, takes writes and is migrated: manage.py migrate entitlements"
            raise StoreUnavailable(msg, hint=hint) from error


def _said(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
