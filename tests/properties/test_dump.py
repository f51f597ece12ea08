"""A catalog that is written down and read again says all that it said."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given

from entitlements import load_catalog
from entitlements.catalog.editing import dump, record
from entitlements.catalog.editing.dump import dump_catalog
from entitlements.catalog.load import read_catalog
from entitlements.catalog.reading import written
from entitlements.catalog.reading.document import read_bytes
from entitlements.catalog.reading.written import flow_text
from entitlements.errors import CatalogError
from entitlements.model import Catalog
from tests import small_catalog
from tests.properties.rich import ODD, told
from tests.properties.strategies import World, numbers, often


def lost(catalog: Catalog, *, check_versions: bool = False) -> str | None:
    """What is not as it was after writing and reading; that it is written alike again."""
    with tempfile.TemporaryDirectory() as home:
        first, second = Path(home) / "plans", Path(home) / "again" / "plans"
        dump_catalog(catalog, first)
        try:
            again = load_catalog(first, check_versions=check_versions)
        except CatalogError as error:
            return str(error)
        dump_catalog(again, second)
        if contents(first) != contents(second):
            return "written otherwise the second time"
    if catalog.digest != again.digest:
        return "the digest"
    before, after = told(catalog), told(again)
    return next((f"{key}: {before[key]} {after[key]}" for key in before if before[key] != after[key]), None)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.yaml"))}


@given(numbers)
@often
def test_dump_then_load_is_the_same(number: int) -> None:
    assert lost(World(number).catalog()) is None


def test_the_shipped_catalog_is_the_same_and_keeps_its_published_word(tmp_path: Path) -> None:
    assert lost(load_catalog(), check_versions=True) is None
    dump_catalog(load_catalog(), tmp_path / "plans")
    assert read_catalog(tmp_path / "plans").problems == ()


def test_a_plan_called_catalog_has_a_file_of_its_own(tmp_path: Path) -> None:
    files = {name.replace("pro.yaml", "p.yaml"): text for name, text in small_catalog.FILES.items()}
    renamed = {
        name: text.replace("pro", "catalog") for name, text in files.items() if "published" not in name
    }
    catalog = load_catalog(small_catalog.write(tmp_path, renamed))
    assert "catalog" in catalog.plans
    assert lost(catalog) is None


@pytest.mark.parametrize("text", [*ODD, "x" * 2000, "a, b", "TRUE", "y", "\x7f"])
def test_any_text_is_read_as_the_text_it_was(text: str) -> None:
    line = f"a: {flow_text([text, {text: text}])}\n".encode()
    document = read_bytes(line, "a.yaml")
    assert document.value == {"a": [text, {text: text}]}
    # That one is refused in any file, so that no catalog holds it.
    assert document.problems == () or "\x7f" in text


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").touch()
    with pytest.raises(FileExistsError, match="not empty"):
        dump_catalog(load_catalog(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["other.yaml"]


@pytest.mark.parametrize(
    ("home", "fault"), [(record, "price_content"), (written, "_text"), (dump, "_feature"), (dump, "_plan")]
)
def test_a_planted_fault_is_found(home: ModuleType, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    really = getattr(home, fault)
    planted = {
        "price_content": lambda price: "free" if price.monthly == 0 else really(price),
        "_text": lambda text: text if text.isalnum() else really(text),
        "_feature": lambda feature: {**really(feature), "when_stale": None},
        "_plan": lambda plan, parent: {**really(plan, parent), "without": ()},
    }
    monkeypatch.setattr(home, fault, planted[fault])
    assert any(lost(World(number).catalog()) for number in range(60))
