"""`entitlements publish`: shows what it will record, asks, writes it whole, and refuses what narrows."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from entitlements import load_catalog
from entitlements.catalog.digest import terms_digest
from entitlements.catalog.load import read_catalog
from tests.small_catalog import FILES, Files, edited, write

#: Pro is sold under the number that is published.
AT_0 = edited("pro.yaml", "version: 1", "version: 0")
WIDER = edited("pro.yaml", "included: 50", "included: 300", AT_0)
WIDER_ABOVE = edited("community.yaml", "[exports]", "[exports, more]", WIDER)
WIDER_ABOVE = edited(
    "features/core.yaml",
    "  security:\n",
    "  more:\n    title: More\n    description: More of it.\n    on_loss: {effect: closed}\n  security:\n",
    WIDER_ABOVE,
)
RECORD = "published/pro@0.yaml"


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_new_versions_are_recorded_and_change_no_answer(cli: Any, tmp_path: Path) -> None:
    plans = write(tmp_path / "plans")
    before = load_catalog(plans).digest
    ran = cli("publish", "--yes")
    assert (ran.code, ran.lines[-1]) == (0, "2 versions published.")
    assert "community@0  new record plans/published/community@0.yaml" in ran.out
    assert "free; 1 feature; Forum; BAA not offered" in ran.out
    assert read_catalog(plans).problems == ()
    assert load_catalog(plans).digest == before
    assert (plans / "published" / "pro@1.yaml").read_text() == (
        "# Recorded by `entitlements publish`. Those who have this version keep these terms: do not edit.\n"
        f'plan: pro\nversion: 1\ndigest: "{terms_digest(load_catalog(plans).plan("pro@1"))}"\n'
        'price: {monthly: "100.00", annual_total: "1000.00"}\nsupport: email\nbaa: offered\n'
        'caps:\n  users: {included: 50, extra: "2.00"}\n'
        "features:\n  - exports\n  - reports\n  - security\n"
    )


def test_publishing_twice_is_publishing_once(cli: Any, tmp_path: Path) -> None:
    plans = write(tmp_path / "plans")
    cli("publish", "--yes")
    before = files_in(plans)
    ran = cli("publish", "--yes")
    assert (ran.code, ran.lines) == (
        0,
        ["community@0  is published as it is", "pro@1  is published as it is"],
    )
    assert files_in(plans) == before


def test_a_widened_version_says_what_it_gives_more(cli: Any, tmp_path: Path) -> None:
    plans = write(tmp_path / "plans", WIDER_ABOVE)
    ran = cli("publish", "pro", "--yes")
    assert ran.lines == [
        "pro@0  widened plans/published/pro@0.yaml",
        '  feature "more" is added',
        '  cap "users" goes from 50 to 300',
        "1 version published.",
    ]
    assert load_catalog(plans).versions["pro@0"].caps["users"].included == 300
    assert not (plans / "published" / "community@0.yaml").exists()


def test_a_record_keeps_all_that_is_not_widened(cli: Any, tmp_path: Path) -> None:
    commented = "# Sold since 2014.\n\n" + FILES[RECORD].replace("caps:", "caps:   # all of them")
    plans = write(tmp_path / "plans", {**WIDER_ABOVE, RECORD: commented})
    assert cli("publish", "pro", "--yes").code == 0
    digest = terms_digest(load_catalog(plans).plan("pro@0"))
    wider = commented.replace("included: 50", "included: 300").replace("[exports, ", "[exports, more, ")
    old = commented.partition('digest: "')[2].partition('"')[0]
    assert (plans / RECORD).read_text() == wider.replace(old, digest)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (edited("pro.yaml", "included: 50", "included: 49", AT_0), 'cap "users" goes from 50 to 49'),
        (edited("pro.yaml", "[reports, security]", "[reprots, security]"), 'unknown feature "reprots"'),
        (edited(RECORD, "included: 50", "included: 60"), "was edited by hand"),
    ],
)
def test_nothing_is_published_from_a_catalog_with_errors(
    files: Files, words: str, cli: Any, tmp_path: Path
) -> None:
    plans = write(tmp_path / "plans", files)
    before = files_in(plans)
    ran = cli("publish", "--yes")
    assert ran.code == 1
    assert words in ran.words
    assert ran.words.endswith("Nothing is published from a catalog with errors.")
    document = cli("publish", "--yes", "--json").document
    assert (document["written"], document["versions"], len(document["problems"])) == (False, [], 1)
    assert files_in(plans) == before


def test_a_warning_keeps_nothing_from_being_published(cli: Any, tmp_path: Path) -> None:
    more = "  idle:\n    title: Idle\n    description: Nobody has it.\n    on_loss: {effect: closed}\n"
    write(tmp_path / "plans", {**FILES, "features/core.yaml": FILES["features/core.yaml"] + more})
    assert cli("publish", "--yes").lines[-1] == "2 versions published."


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_without_a_terminal_it_wants_to_be_told(arguments: tuple[str, ...], cli: Any, tmp_path: Path) -> None:
    plans = write(tmp_path / "plans")
    before = files_in(plans)
    ran = cli("publish", *arguments)
    assert ran.code == 2
    assert "--yes publishes, --dry-run only shows" in ran.out + ran.err
    assert files_in(plans) == before


@pytest.mark.parametrize(("typed", "published"), [("y\n", True), ("n\n", False), ("\n", False), ("", False)])
def test_at_a_terminal_it_asks(
    typed: str, published: bool, cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = write(tmp_path / "plans")
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    ran = cli("publish", "pro")
    assert "Publish 1 version? [y/N]" in ran.err
    assert (plans / "published" / "pro@1.yaml").exists() is published
    assert ran.code == (0 if typed else 130)


def test_a_dry_run_shows_and_writes_nothing(cli: Any, tmp_path: Path) -> None:
    plans = write(tmp_path / "plans", WIDER)
    before = files_in(plans)
    ran = cli("publish", "--dry-run")
    assert (ran.code, ran.lines[-1]) == (0, "Nothing was written.")
    assert '  cap "users" goes from 50 to 300' in ran.lines
    document = cli("publish", "--dry-run", "--json").document
    assert [version["state"] for version in document["versions"]] == ["new", "widened"]
    assert not document["written"]
    assert files_in(plans) == before


def test_json_tells_what_was_written(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", WIDER)
    document = cli("publish", "--yes", "--json").document
    assert document["written"]
    assert document["versions"][1] == {
        "plan": "pro",
        "version": 0,
        "state": "widened",
        "file": RECORD,
        "gives_more": ['cap "users" goes from 50 to 300'],
    }


def test_an_unknown_plan_is_wrong_usage_with_what_is_meant(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans")
    ran = cli("publish", "comunity")
    assert ran.code == 2
    assert 'no plan "comunity" to publish; did you mean community?' in ran.err


def test_a_folder_that_cannot_be_written_is_named(cli: Any, tmp_path: Path) -> None:
    plans = write(tmp_path / "plans", {name: text for name, text in FILES.items() if name != RECORD})
    (plans / "published").write_text("in the way")
    ran = cli("publish", "--yes")
    assert ran.code == 2
    assert "plans/published/community@0.yaml" in ran.err
    assert "Traceback" not in ran.err


def test_the_shipped_catalog_is_published(cli: Any, tmp_path: Path) -> None:
    ran = cli("--catalog", "shipped", "publish", "--dry-run")
    assert all(line.endswith("is published as it is") for line in ran.lines), tmp_path
