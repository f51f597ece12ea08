"""A database by its URL: connections that behave alike, and errors that say what is the matter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from entitlements.errors import StoreConflict, StoreError, StoreUnavailable
from entitlements.fork_safety import renew_after_fork

_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
#: How long a statement waits for another writer on SQLite, which has one at a time.
_BUSY_SECONDS = 5.0
_CONNECT_SECONDS = 5


class Database:
    """Connections to the database at `url`. Reads are single statements; writes are transactions."""

    def __init__(self, url: str) -> None:
        self.url = _url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._engine = self._made()
        self._inherited: list[Engine] = []
        renew_after_fork(self)

    def __str__(self) -> str:
        """The URL without its password."""
        return self.url.render_as_string(hide_password=True)

    def after_fork(self) -> None:
        """Use none of the parent's connections; they are kept, for closing one would speak to its server."""
        self._inherited.append(self._engine)
        self._engine = self._made()

    def close(self) -> None:
        """Close every connection that is not in use."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection on which each statement sees one moment; nothing stays open after it."""
        with self._errors_told(), self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """As `reading`, but all statements of the block see the same moment."""
        with self._errors_told(), self._engine.connect() as connection:
            if self.is_sqlite:
                connection.execution_options(begin="BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: committed at the end of the block, rolled back if it raises."""
        with self._errors_told(), self._engine.connect() as connection:
            connection.execution_options(begin="BEGIN IMMEDIATE")
            with connection.begin():
                yield connection

    def _made(self) -> Engine:
        if self.is_sqlite:
            engine = create_engine(
                self.url, connect_args={"timeout": _BUSY_SECONDS}, pool_size=16, max_overflow=64
            )
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_on_sqlite)
            return engine
        return create_engine(
            self.url, isolation_level="READ COMMITTED", connect_args={"connect_timeout": _CONNECT_SECONDS}
        )

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        """Nothing of the driver or of SQLAlchemy leaves this package."""
        try:
            yield
        except IntegrityError as error:
            msg = f"the store refused the change: {_said(error)}"
            raise StoreConflict(msg) from error
        except (DBAPIError, PoolTimeout) as error:
            msg = f"the store {self} does not answer: {_said(error)}"
            raise StoreUnavailable(msg, hint="see that the database runs and takes writes") from error
        except (SQLAlchemyError, OverflowError, UnicodeError) as error:
            msg = f"the store {self} cannot do this: {_said(error)}"
            raise StoreError(msg) from error


def _url(text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError:
        url = None
    driver = _DRIVERS.get(url.get_backend_name()) if url is not None else None
    if url is None or driver is None:
        msg = f'"{text.partition(":")[0]}:…" is no store this engine knows'
        raise StoreError(msg, hint="write sqlite:///file.db or postgresql://user@host/database")
    if driver.startswith("sqlite") and url.database:
        folder = Path(url.database).parent
        if not folder.is_dir():
            msg = f"there is no folder {folder} for the store {url.database}"
            raise StoreError(msg, hint="make the folder first")
    return url.set(drivername=driver)


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say so
    for pragma in ("journal_mode = WAL", "foreign_keys = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_on_sqlite(connection: Connection) -> None:
    """A writer takes its turn at once: were it to read first, that may be old by the time it writes."""
    begin = connection.get_execution_options().get("begin")
    if begin:
        connection.exec_driver_sql(begin)


def _said(error: BaseException) -> str:
    """The first line of what the driver said, without the statement that SQLAlchemy adds."""
    origin = getattr(error, "orig", None) or error
    return str(origin).strip().partition("\n")[0] or type(origin).__name__
