"""A database by its URL: connections that behave alike, and errors that say what is the matter."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from entitlements.errors import StoreConflict, StoreError, StoreUnavailable
from entitlements.fork_safety import ForkGate, renew_after_fork
from entitlements.source.sql.sqlite import BEGIN_TO_WRITE, sqlite_engine
from entitlements.source.urls import without_password

T = TypeVar("T")
_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_CONNECT_SECONDS = 5
_AT_MOST = {"pool_size": 16, "max_overflow": 16}


class Database:
    """Connections to the database at `url`. Reads are single statements; writes are transactions."""

    def __init__(self, url: str | URL) -> None:
        self.url = _url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._renew()
        self._inherited: list[Engine] = []
        # SQLite notes in memory which locks a process has; a child inherits the note, but none of the locks.
        # So no connection to it is open when a process forks.
        self._gate = ForkGate(self.close) if self.is_sqlite else None
        renew_after_fork(self)

    def __str__(self) -> str:
        """The URL as people write it, without its password."""
        shown = self.url.set(drivername=self.url.get_backend_name()).render_as_string(hide_password=True)
        return without_password(shown)

    def after_fork(self) -> None:
        """Use none of the parent's connections; they are kept, for closing one would speak to its server."""
        self._closer.detach()
        self._inherited.append(self._engine)
        self._renew()

    def close(self) -> None:
        """Close every connection that is not in use."""
        self._engine.dispose()

    def read(self, ask: Callable[[Connection], T]) -> T:
        """What `ask` finds. It is asked again if the connection turns out to be from before a restart."""
        try:
            with self.reading() as connection:
                return ask(connection)
        except StoreUnavailable as error:
            if not getattr(error.__cause__, "connection_invalidated", False):
                raise
            with self.reading() as connection:
                return ask(connection)

    def own_connection(self) -> Any:
        """A connection of the driver that belongs to the caller, who closes it."""
        with self._errors_told():
            taken = self._engine.raw_connection()
            connection = taken.driver_connection
            taken.detach()
            return connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection on which each statement sees one moment; nothing stays open after it."""
        with self._connection() as connection:
            if not self.is_sqlite:  # there, no transaction begins unless we say so
                connection.execution_options(isolation_level="AUTOCOMMIT")
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """As `reading`, but all statements of the block see the same moment."""
        with self._connection() as connection:
            if self.is_sqlite:
                connection.execution_options(begin="BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def writing(self, *, hasty: bool = False) -> Iterator[Connection]:
        """One transaction: committed at the end of the block, rolled back if it raises.

        On SQLite a `hasty` one does not wait for the disk: if the machine fails, not only the process, the
        last moments of such may be lost, and nothing else.
        """
        with self._connection() as connection:
            connection.execution_options(begin=BEGIN_TO_WRITE, hasty=hasty)
            if not self.is_sqlite:
                self._wake(connection)
            yield connection
            with self._doubt_told():
                connection.commit()

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        inside = self._gate.inside() if self._gate else nullcontext()
        with inside, self._errors_told(), self._engine.connect() as connection:
            yield connection

    @staticmethod
    def _wake(connection: Connection) -> None:
        """Find out first whether the server was restarted meanwhile: a write is not tried twice."""
        try:
            connection.execute(select(1))
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            connection.rollback()  # what comes next takes a new connection

    @contextmanager
    def _doubt_told(self) -> Iterator[None]:
        """Whoever learns nothing of a commit must not take it for refused."""
        try:
            yield
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            msg = f"the store {self} went away during the commit: the change may have been written, or not"
            hint = "look what holds now before you make the change again"
            raise StoreUnavailable(msg, hint=hint) from error

    def _renew(self) -> None:
        self._engine = self._made()
        # Whoever forgets to close a store and drops it leaves no connection behind.
        self._closer = weakref.finalize(self, self._engine.dispose)

    def _made(self) -> Engine:
        if self.is_sqlite:
            return sqlite_engine(self.url, **_AT_MOST)
        # A server that is gone without a word is noticed, so that no thread waits for it for long.
        wait = {"connect_timeout": _CONNECT_SECONDS, "tcp_user_timeout": _CONNECT_SECONDS * 1000}
        try:
            return create_engine(self.url, isolation_level="READ COMMITTED", connect_args=wait, **_AT_MOST)
        except ImportError:
            msg = "a store on PostgreSQL needs psycopg, which is not installed"
            raise StoreError(msg, hint="pip install 'entitlements[postgres]' 'psycopg[binary]'") from None

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        """Nothing of the driver or of SQLAlchemy leaves this package."""
        try:
            yield
        except (IntegrityError, DataError) as error:
            msg = f"the store takes no such change: {_said(error)}"
            raise StoreConflict(msg) from error
        except ProgrammingError as error:
            msg = f"the store {self} refuses: {_said(error)}"
            hint = "see that its tables are there, and that the role may use them"
            raise StoreUnavailable(msg, hint=hint) from error
        except (DBAPIError, PoolTimeout) as error:
            if self.is_sqlite:
                self.close()  # what is open may belong to a file that was damaged or replaced
            msg = f"the store {self} does not answer: {_said(error)}"
            raise StoreUnavailable(msg, hint="see that the database runs and takes writes") from error
        except SQLAlchemyError as error:
            msg = f"the store {self} cannot do this: {_said(error)}"
            raise StoreError(msg) from error


def url_of_file(path: str | Path) -> URL:
    """The URL of the SQLite file at `path`, whatever characters that has."""
    return URL.create("sqlite", database=str(path))


def _url(given: str | URL) -> URL:
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        url = None
    driver = _DRIVERS.get(url.get_backend_name()) if url is not None else None
    if url is None or driver is None:
        wrong = "is no URL that can be read" if url is None else "is no store this engine knows"
        msg = f'"{str(given).partition(":")[0]}:…" {wrong}'
        raise StoreError(msg, hint="write sqlite:///file.db or postgresql://user@host/database")
    if driver.startswith("sqlite") and not (url.database and Path(url.database).parent.is_dir()):
        msg = f'there is no folder for the store "{url.database or ""}"'
        raise StoreError(msg, hint="write sqlite:///file.db, in a folder that is there")
    if "@" in (url.host or ""):
        # What stands before it is the end of a password, which no error must tell.
        msg = "the URL of the store has more than one @ before its host"
        raise StoreError(msg, hint="write an @ within the password as %40")
    return url.set(drivername=driver)


def _said(error: BaseException) -> str:
    """The first line of what the driver said, without the statement that SQLAlchemy adds."""
    origin = getattr(error, "orig", None) or error
    return str(origin).strip().partition("\n")[0] or type(origin).__name__
