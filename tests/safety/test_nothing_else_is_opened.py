"""Judging files opens no socket, starts nothing and reads nothing but the catalog: an audit hook looks on."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import zoneinfo
from pathlib import Path

import pytest

from tests.small_catalog import FILES

ROOT = Path(__file__).resolve().parents[2]
TIME = 60  # seconds for a whole process; each document has one

WATCH = """
import sys
from pathlib import Path
import entitlements
from entitlements import Engine, load_catalog
from entitlements.catalog.reading.document import read_bytes
from entitlements.catalog.shape.keywords import validator_of
from entitlements.catalog.load import read_catalog
from entitlements.catalog.shape.schema import KINDS, violations

seen = []
BEGUN = ("socket", "urllib", "http", "ftplib", "subprocess", "os.exec", "os.fork", "os.posix", "os.system")
def hook(event, given):
    if event == "open":
        seen.append(f"open {given[0]}")
    elif event.startswith(BEGUN):
        seen.append(f"{event} {given!r:.200}")
sys.addaudithook(hook)
"""

HOSTILE = """
import time
AWAY = ["http://127.0.0.1:9/a.json", "file:///etc/passwd", "//127.0.0.1/share", "/etc/passwd", "../../passwd"]
WORDS = ["$ref", "$dynamicRef", "$schema", "$id", "$recursiveRef", "extends", "include", "import"]
deep = "{a: " * 60 + "1" + "}" * 60
documents = [f'"{word}": "{away}"' for word in WORDS for away in AWAY]
documents += [f'a: {{"{word}": "{away}"}}' for word in WORDS for away in AWAY]
documents += [f"a: !include {AWAY[1]}", "a: !!python/object/apply:os.system [ls]"]
documents += [f"plan: {deep}", deep, "- " * 60 + "x", "[" * 100_000, "a: " + "x" * 150_000]
for text in documents:
    for kind in KINDS:
        begun = time.process_time()
        document = read_bytes(text.encode(), "a.yaml")
        violations(document, kind)
        assert time.process_time() - begun < 1, text
"""

#: Schemas such as ours must never become, given to the very same validator.
REMOTE = """
for schema in (
    {"allOf": [{"$ref": "http://127.0.0.1:9/a.json"}]},
    {"allOf": [{"$ref": "file:///etc/passwd"}]},
    {"$dynamicRef": "http://127.0.0.1:9/a.json"},
    {"not": {"$ref": "http://127.0.0.1:9/a.json#/$defs/x"}},
):
    try:
        list(VALIDATOR(schema).iter_errors({}))
    except Exception as error:
        assert "127.0.0.1" in str(error) or "passwd" in str(error), error
    else:
        raise AssertionError(schema)
"""

LOAD = """
folder = Path(sys.argv[1])
reading = read_catalog(folder)
if reading.catalog is not None:
    engine = Engine.open(reading.catalog)
    engine.entitlements("somebody").explain("exports", client="export-tool")
    engine.check("somebody", "cap.users").message("fr")
"""

TELL = """
import json
found, seen = seen, []
print(json.dumps(found))
"""


def seen_by_the_hook(program: str, *given: str) -> list[str]:
    """What was opened, begun or run, while the hook looked on."""
    command = [sys.executable, "-W", "ignore", "-c", WATCH + program + TELL, *given]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIME, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def strange(events: list[str], *homes: Path) -> list[str]:
    """All that is not the opening of a file of Python, of its time zones, of this package, or in `homes`."""
    python = [Path(path) for path in {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()}]
    zones = [Path(path) for path in zoneinfo.TZPATH]
    package = [ROOT / name for name in ("entitlements", "plugins", "schemas", "plans")]
    # A file already open shows as its number. An editable install keeps its entry points in the checkout.
    metadata = ROOT.glob("*.egg-info")
    allowed = [*homes, *python, *zones, *package, *metadata]
    return [
        event
        for event in events
        if not event.startswith("open ")
        or not any(Path(event[5:]).resolve().is_relative_to(home.resolve()) for home in allowed)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "plans"
    for name, text in FILES.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    return home


def test_hostile_documents_reach_neither_file_nor_socket_within_a_second() -> None:
    assert strange(seen_by_the_hook(HOSTILE)) == []


def test_a_schema_that_refers_elsewhere_reaches_neither_file_nor_socket() -> None:
    assert strange(seen_by_the_hook(REMOTE.replace("VALIDATOR", "validator_of"))) == []


def test_loading_a_catalog_opens_files_of_its_folder_only(folder: Path) -> None:
    (folder / "gone.yaml").symlink_to("/etc/passwd")
    (folder / "features" / "deep").symlink_to("/etc")
    events = seen_by_the_hook(LOAD, str(folder))
    assert strange(events, folder) == []
    assert f"open {folder / 'catalog.yaml'}" in events


def test_a_sound_catalog_is_decided_upon_without_opening_anything_else(folder: Path) -> None:
    assert strange(seen_by_the_hook(LOAD, str(folder)), folder) == []


FAULTS = {
    "a validator that fetches": (
        REMOTE.replace("VALIDATOR", "(lambda s: __import__('jsonschema').Draft202012Validator(s))")
    ),
    "a file outside": "open('/etc/hostname').close()",
    "a program is started": "import subprocess; subprocess.run(['true'])",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen(fault: str) -> None:
    assert strange(seen_by_the_hook(FAULTS[fault]))
