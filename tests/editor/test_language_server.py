"""The language server that editors run and our command refuse and accept the same files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from entitlements.catalog.editor.kit import kit_files, modeline
from entitlements.catalog.load import Reading, read_catalog, shipped_folder
from entitlements.cli.main import run
from entitlements.plugin_manager import load_plugins
from entitlements.problems import Problem
from entitlements.testing.findings import Findings, findings_in
from tests.catalog.test_codes import CODES, SHOWN, with_example
from tests.editor.language_server import LanguageServer, language_server
from tests.example_files import cases

#: What is refused by us and not by an editor → why.
UNSEEN = {
    "S203-cap-with-a-decimal-point": "to an editor 250.0 is a whole number",
    "S206-now-at-the-end-of-time": "an editor knows the form of a date, not the calendar",
    "S206-thirtieth-of-february": "an editor knows the form of a date, not the calendar",
}
#: An editor's own words for what nobody who writes plans should have to read.
CRYPTIC = re.compile(r"schema|pattern|\^|\$\)|regex|oneOf|anyOf|boolean schema", re.IGNORECASE)
NAMES = ("R301", "R302", "R303", "R304", "R305", "R306", "T701")


@dataclass(frozen=True)
class Catalog:
    """A catalog with its schemas beside it, and what our own reading finds in it."""

    folder: Path
    found: Findings

    @property
    def reading(self) -> Reading:
        return self.found.reading

    def texts(self) -> dict[str, str]:
        """URI of each file → its text, with the line that names its schema."""
        kinds = {document.file: kind for kind, document in self.reading.documents}
        found = {}
        for shown, path in self.reading.paths.items():
            text = path.read_text(encoding="utf-8-sig")
            head = modeline(path.relative_to(self.folder).as_posix(), kinds[shown])
            found[path.as_uri()] = text if text.startswith(head) else head + text
        return found

    def problems(self, codes: tuple[str, ...]) -> dict[str, list[Problem]]:
        """URI of each file → what we find there of these codes or families."""
        uris = {shown: path.as_uri() for shown, path in self.reading.paths.items()}
        found: dict[str, list[Problem]] = {uri: [] for uri in uris.values()}
        for problem in self.found.problems:
            if problem.code.startswith(codes):
                found[uris[problem.mark.file]].append(problem)
        return found


def catalog_in(folder: Path) -> Catalog:
    found = findings_in(folder, load_plugins(entry_points=False))
    for name, text in kit_files(found.reading.documents, {}).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return Catalog(folder, found)


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog that `init` made: it is what the editor has open."""
    folder = tmp_path_factory.mktemp("new") / "plans"
    with pytest.raises(SystemExit):
        run(["init", str(folder), "--json"])
    return folder


@pytest.fixture(scope="module")
def editor(new: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    """One server for all tests here, which must not have wanted anything of the network."""
    settings = json.loads((new / ".vscode" / "settings.json").read_text(encoding="utf-8"))
    folder = tmp_path_factory.mktemp("server")
    with language_server(new, {"schemas": settings["yaml.schemas"]}, folder) as server:
        yield server
    assert not (folder / "reached-for").exists()


def messages(found: Mapping[str, list[Any]], folder: Path) -> dict[str, list[str]]:
    """File → messages, of those files that have any."""
    prefix = f"{folder.as_uri()}/"
    return {
        unquote(uri.removeprefix(prefix)): [diagnostic["message"] for diagnostic in diagnostics]
        for uri, diagnostics in found.items()
        if diagnostics
    }


def test_what_init_makes_is_accepted(editor: LanguageServer, new: Path) -> None:
    made = catalog_in(new)
    assert messages(editor.diagnostics(made.texts()), new) == {}


def test_the_shipped_catalog_is_accepted(editor: LanguageServer, tmp_path: Path) -> None:
    folder = tmp_path / "plans"
    reading = read_catalog(shipped_folder())
    for path in reading.paths.values():
        copy = folder / path.relative_to(shipped_folder())
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    assert messages(editor.diagnostics(catalog_in(folder).texts()), folder) == {}


def test_every_valid_example_is_accepted(
    editor: LanguageServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    catalogs = [catalog_in(case.laid_out(tmp_path_factory.mktemp("valid"))) for case in cases("valid")]
    texts = {uri: text for catalog in catalogs for uri, text in catalog.texts().items()}
    assert len(catalogs) > 5
    assert messages(editor.diagnostics(texts), Path("/")) == {}


SHAPES = [case for case in cases("invalid") if case.code.startswith("S")]
# Nobody writes a record by hand, so an editor is not told which names it may hold.
NAMED = [
    case
    for case in cases("invalid")
    if case.code in NAMES and not case.expected.startswith("error published/")
]
EXAMPLES = [code for code in SHOWN if code.startswith("S")]


@dataclass(frozen=True)
class Seen:
    """A catalog, and what the editor shows of it: file → messages."""

    catalog: Catalog
    shown: Mapping[str, list[str]]

    @property
    def refused_by_us(self) -> set[str]:
        prefix = f"{self.catalog.folder.as_uri()}/"
        found = self.catalog.problems(("S",))
        return {unquote(uri.removeprefix(prefix)) for uri, problems in found.items() if problems}


@pytest.fixture(scope="module")
def seen(editor: LanguageServer, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Seen]:
    """All invalid examples by name. They are opened together, as the server waits before it answers."""
    catalogs = {}
    for case in (*SHAPES, *NAMED):
        catalogs[case.name] = catalog_in(case.laid_out(tmp_path_factory.mktemp("case")))
    for code in EXAMPLES:
        for word, example in (("bad", CODES[code].bad), ("good", CODES[code].good)):
            folder = tmp_path_factory.mktemp(code) / word
            catalogs[f"{code} {word}"] = catalog_in(with_example(folder, code, example))
    texts = {uri: text for catalog in catalogs.values() for uri, text in catalog.texts().items()}
    found = editor.diagnostics(texts)
    return {
        name: Seen(
            catalog,
            messages({uri: found[uri] for uri in catalog.texts()}, catalog.folder),
        )
        for name, catalog in catalogs.items()
    }


@pytest.mark.parametrize("name", [case.name for case in SHAPES])
def test_editor_and_command_refuse_the_same_files_of_a_shape_example(
    name: str, seen: Mapping[str, Seen]
) -> None:
    example = seen[name]
    assert example.refused_by_us
    if name in UNSEEN:
        assert example.shown == {}, UNSEEN[name]
    else:
        assert example.shown.keys() == example.refused_by_us


@pytest.mark.parametrize("code", EXAMPLES)
def test_editor_and_command_agree_on_the_examples_of_a_code(code: str, seen: Mapping[str, Seen]) -> None:
    bad = seen[f"{code} bad"]
    assert bad.shown.keys() == bad.refused_by_us != set()
    assert seen[f"{code} good"].shown == {}


@pytest.mark.parametrize("name", [case.name for case in NAMED])
def test_a_name_that_the_catalog_lacks_is_refused_in_the_editor_too(
    name: str, seen: Mapping[str, Seen]
) -> None:
    said = [message for found in seen[name].shown.values() for message in found]
    assert any(re.search("this catalog has no such|is not allowed", message) for message in said)


def test_no_message_speaks_of_how_a_schema_is_made(seen: Mapping[str, Seen]) -> None:
    said = {text for example in seen.values() for found in example.shown.values() for text in found}
    assert len(said) > 10
    assert sorted(text for text in said if CRYPTIC.search(text.partition("; if it is new")[0])) == []


def test_every_exception_is_still_an_example() -> None:
    assert UNSEEN.keys() <= {case.name for case in SHAPES}


def test_features_are_offered_by_name_with_their_titles(editor: LanguageServer, new: Path) -> None:
    text = f"{modeline('other.yaml', 'plan')}plan: other\nfeatures: [|]\n"
    offered = editor.completions((new / "other.yaml").as_uri(), text)
    assert offered.keys() == {"exports", "reminders", "dashboards"}
    assert offered["reminders"]["documentation"]["value"] == "Reminders. Messages before an appointment."


def test_caps_are_offered_by_name(editor: LanguageServer, new: Path) -> None:
    text = f"{modeline('other.yaml', 'plan')}plan: other\ncaps:\n  |\n"
    offered = editor.completions((new / "capped.yaml").as_uri(), text)
    assert list(offered) == ["users"]


def test_expectations_are_offered_in_a_plan_test(editor: LanguageServer, new: Path) -> None:
    head = modeline("tests/other.yaml", "plan-tests")
    text = f"{head}tests:\n  - name: A\n    given: {{plan: plus}}\n    expect:\n      |\n"
    offered = editor.completions((new / "tests" / "other.yaml").as_uri(), text)
    assert {"reminders", "cap.users", "effect.reminders", "support", "baa"} <= offered.keys()


@pytest.mark.parametrize(
    ("file", "kind", "text", "label"),
    [
        ("p.yaml", "plan", "|\n", "New plan"),
        ("catalog.yaml", "catalog", "caps:\n  |\n", "New cap"),
        ("features/f.yaml", "features", "features:\n  |\n", "New feature"),
        ("add_ons/a.yaml", "add-ons", "add_ons:\n  |\n", "New add-on"),
        ("tests/t.yaml", "plan-tests", "tests:\n  - |\n", "New plan test"),
    ],
)
def test_a_skeleton_is_offered_where_something_begins(
    file: str, kind: str, text: str, label: str, editor: LanguageServer, new: Path
) -> None:
    uri = (new / f"{file.removesuffix('.yaml')}-{kind}.yaml").as_uri()
    assert label in editor.completions(uri, modeline(file, kind) + text)


def test_settings_tell_which_file_follows_which_schema(editor: LanguageServer, new: Path) -> None:
    wrong = {
        "third.yaml": "plan: third\n",
        "features/more.yaml": "features: {}\n",
        "samples/more.yaml": "- now: soon\n",
        "tests/more.yaml": "tests: []\n",
        "published/third@0.yaml": "plan: third\n",
        "add_ons/more.yaml": "add_ons: {}\n",
        "lang/fr.yaml": "lang: fr\n",
    }
    shown = messages(editor.diagnostics({(new / name).as_uri(): text for name, text in wrong.items()}), new)
    assert shown["third.yaml"][0] == 'Missing property "version".'
    assert shown["features/more.yaml"] == [
        'Missing property "group".',
        "Object has fewer properties than the required number of 1",
    ]
    assert shown["samples/more.yaml"][0].startswith("write a date such as 2026-01-15")
    assert shown["tests/more.yaml"] == ["Array has too few items. Expected 1 or more."]
    assert 'Missing property "digest".' in shown["published/third@0.yaml"]
    assert shown["add_ons/more.yaml"] == ["Object has fewer properties than the required number of 1"]
    assert shown["lang/fr.yaml"] == ['Missing property "texts".']
