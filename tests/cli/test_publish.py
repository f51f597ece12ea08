"""`entitlements publish`: shows what it will record, asks, writes it whole, and refuses what narrows."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from entitlements import Engine, load_catalog
from entitlements.catalog.digest import terms_digest
from entitlements.catalog.load import read_catalog
from entitlements.clock import FixedClock
from entitlements.engine.resolve import resolve
from entitlements.subject import SubjectRecord, Subscription
from tests.small_catalog import FILES, Files, edited, overlaid, write

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
        "currency: USD\n"
        'price: {monthly: "100.00", annual_total: "1000.00"}\nsupport: email\nbaa: offered\n'
        'caps:\n  users: {included: 50, extra: "2.00"}\n'
        "features:\n  - exports\n  - reports\n  - security\n"
    )


def test_publishing_twice_is_publishing_once(cli: Any, tmp_path: Path) -> None:
    plans = write(tmp_path / "plans")
    cli("publish", "--yes")
    before = files_in(plans)
    ran = cli("publish", "--yes")
    as_it_is = ["community@0  is published as it is", "pro@1  is published as it is"]
    assert (ran.code, ran.lines) == (0, [*as_it_is, "Nothing new to publish."])
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
        "takes": [],
    }


def test_an_unknown_plan_is_wrong_usage_with_what_is_meant(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans")
    ran = cli("publish", "comunity")
    assert ran.code == 2
    assert 'no plan "comunity" to publish; did you mean community?' in ran.err


def test_a_version_instead_of_a_plan_is_told_what_to_write(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans")
    ran = cli("publish", "pro@1")
    assert ran.code == 2
    assert 'write "pro" instead of "pro@1"' in " ".join(ran.err.split())


def test_a_folder_that_cannot_be_written_is_named(cli: Any, tmp_path: Path) -> None:
    plans = write(tmp_path / "plans", {name: text for name, text in FILES.items() if name != RECORD})
    (plans / "published").write_text("in the way")
    ran = cli("publish", "--yes")
    assert ran.code == 2
    assert "plans/published/community@0.yaml" in ran.err
    assert "Traceback" not in ran.err


def test_the_shipped_catalog_is_published(cli: Any, tmp_path: Path) -> None:
    ran = cli("--catalog", "shipped", "publish", "--dry-run")
    assert all(line.endswith("is published as it is") for line in ran.lines[:-1]), tmp_path
    assert ran.lines[-1] == "Nothing new to publish."


def test_a_feature_that_is_published_keeps_its_key_and_may_get_a_title(cli: Any, tmp_path: Path) -> None:
    plans = write(tmp_path / "plans")
    cli("publish", "--yes")
    renamed = edited("features/core.yaml", "reports:\n    title: Reports", "charts:\n    title: Charts")
    for step in (renamed, edited("pro.yaml", "[reports, ", "[charts, ", renamed)):
        write(plans, {name: step[name] for name in ("features/core.yaml", "pro.yaml")})
        ran = cli("validate")
        assert ran.code == 1
        assert 'R301 published plan "pro@0" includes unknown feature "reports"' in ran.words
        assert 'declare "reports" again in features/; its title may change' in ran.words
    text = renamed["features/core.yaml"].replace("  charts:", "  reports:")
    write(plans, {"features/core.yaml": text})
    assert 'R301 plan "pro" includes unknown feature "charts"' in cli("validate").words
    write(plans, {"pro.yaml": FILES["pro.yaml"]})
    assert cli("validate", "--strict").code == 0
    assert cli("publish", "--yes").lines[-1] == "Nothing new to publish."


@pytest.mark.parametrize("old", [None, "plan: pro"])
def test_a_plan_that_is_published_keeps_its_file_and_its_key(
    old: str | None, cli: Any, tmp_path: Path
) -> None:
    plans = write(tmp_path / "plans")
    cli("publish", "--yes")
    if old is None:
        (plans / "pro.yaml").unlink()
    else:
        write(plans, edited("pro.yaml", old, "plan: business"))
    ran = cli("validate")
    assert ran.code == 1
    assert 'R302 pro@0 is published, but no file has the plan "pro" any more' in ran.words
    assert "plans/catalog.yaml:6: named here, too" in ran.words
    assert "put pro.yaml back" in ran.words
    withdrawn = edited("pro.yaml", "sold: self_service", 'sold: "no"')
    write(plans, edited("catalog.yaml", "[community, pro]", "[community]", withdrawn))
    assert cli("validate", "--strict").code == 0


DATES = "effective_from: 2027-01-01\nexisting_subscribers: keep\n"
COMING = {
    **FILES,
    "next/pro.yaml": "# Dearer, from the new year on.\n"
    + overlaid(FILES["pro.yaml"], f"version: 2\n{DATES}features: [security]\nbaa: not_offered\n"),
    "next/community.yaml": overlaid(
        FILES["community.yaml"],
        f"version: 1\n{DATES.replace('keep', 'at_once')}features: [exports, reports]\n",
    ),
}
SUBSCRIPTIONS = [
    (ref, start)
    for ref in ("pro", "pro@0", "pro@1", "pro@2", "community@0", "free")
    for start in (None, datetime(2026, 5, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
]


def answers(plans: Path) -> list[object]:
    """What is decided for all kinds of subscribers before, at and after the start of the next version."""
    start = datetime(2027, 1, 1, tzinfo=UTC)
    engine = Engine.open(plans, clock=FixedClock(start))
    instants = [start + days * timedelta(days=1) for days in (-300, 0, 300)]
    catalogs = [engine.catalog.at(instant) for instant in [*instants, start - timedelta(microseconds=1)]]
    found: list[object] = []
    for catalog, at in zip(catalogs, [*instants, start - timedelta(microseconds=1)], strict=True):
        for plan, since in [*SUBSCRIPTIONS, (None, None)]:
            held = (Subscription(plan, since),) if plan else ()
            has = resolve(catalog, SubjectRecord("team", held), at)
            origins = sorted((key, origin.key) for key, origin in has.included.items())
            found.append((plan, since, at, has.plan.ref, origins, has.support, has.until))
    return found


def test_what_subscribers_keep_is_published_although_validate_wants_it(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", COMING)
    assert "V605" in cli("validate").out
    assert cli("publish", "pro", "--yes").lines[-1] == "1 version published."
    assert cli("validate").code == 0


def test_a_next_version_that_has_started_becomes_the_working_file(cli: Any, tmp_path: Path) -> None:
    plans = write(tmp_path / "plans", COMING)
    cli("publish", "--yes")
    before = answers(plans)
    assert "V606" not in cli("--at", "2026-12-31", "validate", "--strict").out
    assert "V606" in cli("--at", "2027-01-01", "validate").out
    assert "pro@2" not in cli("--at", "2026-12-31", "publish", "--dry-run").out
    ran = cli("--at", "2027-01-01", "publish", "--yes")
    assert ran.lines == [
        "community@0  is published as it is",
        "community@1  sold since 2027-01-01; its file becomes the working file",
        "  new record plans/published/community@1.yaml",
        "  free; 2 features; Forum; BAA not offered",
        "  Users 10, then 2.00 USD a month each",
        "pro@1  is published as it is",
        "pro@2  sold since 2027-01-01; its file becomes the working file",
        "  new record plans/published/pro@2.yaml",
        "  100.00 USD a month, or 1,000.00 USD a year; 3 features; E-mail; BAA not",
        "  offered",
        "  Users 50, then 2.00 USD a month each",
        "  it counts for whoever subscribed to pro since then:",
        "    the BAA is no longer offered",
        "2 versions published.",
    ]
    assert (plans / "pro.yaml").read_text() == COMING["next/pro.yaml"]
    assert not (plans / "next" / "pro.yaml").exists()
    assert cli("--at", "2027-01-01", "validate", "--strict").code == 0
    assert answers(plans) == before


def test_a_file_that_becomes_the_working_file_names_its_schema_there(cli: Any, tmp_path: Path) -> None:
    plans = write(tmp_path / "plans", COMING)
    cli("publish", "--yes")
    text = "# yaml-language-server: $schema=../.schemas/next.schema.json\n" + COMING["next/pro.yaml"]
    write(plans, {"next/pro.yaml": text})
    cli("--at", "2027-01-01", "publish", "--yes")
    first = "# yaml-language-server: $schema=.schemas/plan.schema.json\n"
    assert (plans / "pro.yaml").read_text() == first + COMING["next/pro.yaml"]


def test_editors_know_what_was_published(cli: Any, tmp_path: Path) -> None:
    plans = write(tmp_path / "plans", COMING)
    cli("publish", "--yes")
    cli("schema", "--write")
    day = ("--at", "2027-01-01")
    assert cli(*day, "publish", "--yes").lines[-1] == "The schemas for editors are renewed too."
    assert '"pro@2"' in (plans / ".schemas" / "subjects.schema.json").read_text()
    assert "Editors do not know" not in cli(*day, "validate").out
    assert cli(*day, "publish", "--yes").lines[-1] == "Nothing new to publish."


def test_the_next_versions_it_extends_become_working_files_with_it(cli: Any, tmp_path: Path) -> None:
    plans = write(tmp_path / "plans", COMING)
    cli("publish", "--yes")
    assert cli("--at", "2027-01-01", "publish", "pro", "--yes").lines[-1] == "2 versions published."
    assert list((plans / "next").iterdir()) == []


def test_a_version_to_come_is_led_from_the_working_file_to_next(cli: Any, tmp_path: Path) -> None:
    plans = write(tmp_path / "plans")
    cli("publish", "--yes")
    dearer = overlaid(FILES["pro.yaml"], f"version: 2\n{DATES}features: [security]\n")
    write(plans, {"pro.yaml": dearer})
    before = files_in(plans)
    for command in ("validate", "publish --yes"):
        ran = cli("--at", "2026-12-01", *command.split())
        assert ran.code == 1
        assert "put pro@1 back here" in ran.words
        assert "write pro@2 into plans/next/pro.yaml" in ran.words
    assert files_in(plans) == before
    write(plans, {"pro.yaml": FILES["pro.yaml"], "next/pro.yaml": dearer})
    assert cli("--at", "2026-12-01", "validate", "--strict").code == 0
    assert cli("--at", "2027-01-01", "publish", "--yes").lines[-1] == "1 version published."


#: Community goes without exports from the new year on; Pro is published and extends it.
PARENT_LOSES = {
    **{name: text for name, text in FILES.items() if name != RECORD},
    "next/community.yaml": overlaid(FILES["community.yaml"], f"version: 1\n{DATES}features: []\n"),
}


def losing_parent(cli: Any, plans: Path) -> None:
    """Publishes what is sold, then lets Community lose something; says what `validate` has to say."""
    write(plans, {name: text for name, text in PARENT_LOSES.items() if not name.startswith("next/")})
    cli("publish", "--yes")
    write(plans, {name: text for name, text in PARENT_LOSES.items() if name.startswith("next/")})
    ran = cli("validate")
    assert ran.code == 1
    assert 'pro@1: feature "exports" is taken away' in ran.words
    assert "in plans/pro.yaml add exports to features" in ran.words
    assert "write plans/next/pro.yaml with effective_from: 2027-01-01" in ran.words


def test_what_a_plan_would_lose_with_the_new_working_file_is_told_today(cli: Any, tmp_path: Path) -> None:
    plans = tmp_path / "plans"
    losing_parent(cli, plans)
    before = files_in(plans)
    for day in ("2026-12-01", "2027-01-01"):
        ran = cli("--at", day, "publish", "--yes")
        assert ran.code == 1
        assert "V609" in ran.out
        assert files_in(plans) == before


def test_listing_what_it_keeps_leads_out(cli: Any, tmp_path: Path) -> None:
    plans = tmp_path / "plans"
    losing_parent(cli, plans)
    text = (plans / "pro.yaml").read_text()
    (plans / "pro.yaml").write_text(text.replace("[reports, security]", "[exports, reports, security]"))
    assert cli("validate", "--strict").code == 0
    assert cli("--at", "2027-01-01", "publish", "--yes").lines[-1] == "1 version published."
    assert cli("--at", "2027-01-01", "validate", "--strict").code == 0
    assert "exports" in load_catalog(plans).plan("pro").features
    assert "exports" not in load_catalog(plans).plan("community").features


def test_a_plan_goes_without_what_its_parent_drops_on_its_day(cli: Any, tmp_path: Path) -> None:
    plans = tmp_path / "plans"
    without = overlaid(FILES["pro.yaml"], "without: [exports]\n")
    write(plans, {name: text for name, text in FILES.items() if name != RECORD} | {"pro.yaml": without})
    cli("publish", "--yes")
    write(plans, {"next/community.yaml": PARENT_LOSES["next/community.yaml"]})
    assert cli("validate").code == 0
    assert cli("--at", "2027-01-01", "publish", "--yes").lines[-1] == "1 version published."
    ran = cli("--at", "2027-01-01", "validate")
    assert (ran.code, 'L431 warning: plan "pro" goes without "exports"' in ran.words) == (0, True)
    write(plans, {"pro.yaml": FILES["pro.yaml"]})
    assert cli("--at", "2027-01-01", "validate", "--strict").code == 0
    assert load_catalog(plans).plan("pro").features.keys() == {"reports", "security"}


@pytest.mark.parametrize("published", ["community", "pro"])
def test_a_next_version_of_its_own_leads_out(published: str, cli: Any, tmp_path: Path) -> None:
    plans = tmp_path / "plans"
    losing_parent(cli, plans)
    write(plans, {"next/pro.yaml": overlaid(FILES["pro.yaml"], f"version: 2\n{DATES}")})
    assert cli("validate", "--strict").code == 0
    assert cli("--at", "2027-01-01", "publish", published, "--yes").lines[-1] == "2 versions published."
    assert cli("--at", "2027-01-01", "validate", "--strict").code == 0
    found = load_catalog(plans)
    assert (found.plan("pro").ref, "exports" in found.plan("pro").features) == ("pro@2", False)
    assert "exports" in found.plan("pro@1").features
