"""The page about PostgreSQL, run as it stands on a real server: SQL, shell, commands and Python."""

from __future__ import annotations

import os
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from entitlements import Engine, SqlStore, StoreError, StoreUnavailable
from tests.docs.test_docs import ROOT, Block, assert_output, blocks, sessions
from tests.postgres import Server, _programs, postgres_server

__all__ = ["postgres_server"]
PAGE = ROOT / "docs" / "how-to" / "run-on-postgresql.md"
HOST = "@db.example.org/entitlements"


@pytest.fixture
def server(postgres_server: Server) -> Iterator[Server]:
    """The server, without what the page makes on it."""
    yield postgres_server
    postgres_server.sql("DROP DATABASE IF EXISTS entitlements WITH (FORCE)")
    for role in ("entitlements_app", "entitlements_owner"):
        postgres_server.sql(f"DROP ROLE IF EXISTS {role}")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`entitlements` and the programs of PostgreSQL are found, as they are by who follows the page."""
    folder = tmp_path / "programs"
    folder.mkdir()
    script = folder / "entitlements"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m entitlements "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{_programs()}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def follow(page: Path, server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Do all that `page` says, and give the names that its Python leaves."""
    names: dict[str, Any] = {"__name__": "example"}
    for block in blocks(page):
        where = f"{page.name}:{block.line}"
        text = block.text.replace(HOST, f"@/entitlements?host={server.folder}")
        if block.kind == "sql":
            for statement in filter(str.strip, text.split(";")):
                server.sql(statement, block.argument)
        elif block.kind == "sh":
            run_shell(where, text, folder, monkeypatch)
        elif block.kind == "console":
            for command, shown in sessions(Block(block.kind, block.argument, text, block.line)):
                assert_output(where, command, shown, folder)
        elif block.kind == "python":
            exec(compile("\n" * block.line + text, str(page), "exec"), names)  # noqa: S102  our own examples
    return names


def run_shell(where: str, text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in re.findall(r"^export (\w+)=(.*)$", text, re.MULTILINE):
        monkeypatch.setenv(name, value)
    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", text], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{where}\n{done.stdout}{done.stderr}"


@pytest.mark.usefixtures("programs")
def test_page_holds_what_it_says(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = follow(PAGE, server, tmp_path, monkeypatch)
    for engine in (names["here"], names["there"]):
        assert isinstance(engine, Engine)
        engine.close()
        engine.source.close()  # type: ignore[attr-defined]
    as_app = server.url("entitlements").replace("postgres@", "entitlements_app@")
    the_app_may_not_take_anything_back(as_app)
    nobody_opens_it_who_has_no_rights(server, as_app)


def the_app_may_not_take_anything_back(url: str) -> None:
    for statement in (
        "DELETE FROM entitlements_audit",
        "UPDATE entitlements_audit SET done_by = 'nobody'",
        "TRUNCATE entitlements_audit",
        "ALTER TABLE entitlements_audit DISABLE TRIGGER ALL",
        "DROP TABLE entitlements_subjects CASCADE",
        "UPDATE entitlements_version SET version_num = '0000'",
        "CREATE TABLE own (id int)",
    ):
        with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def nobody_opens_it_who_has_no_rights(server: Server, url: str) -> None:
    server.sql("REVOKE SELECT ON entitlements_version FROM entitlements_app", "entitlements")
    with pytest.raises(StoreUnavailable, match="refuses: permission denied") as refused:
        SqlStore(url)
    assert "the role may use them" in str(refused.value.hint)
    server.sql("DROP TABLE entitlements_version", "entitlements")
    with pytest.raises(StoreError, match="has no tables yet"):
        SqlStore(url)
