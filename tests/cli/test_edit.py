"""`entitlements edit`: a value, a feature or a plan put into the files, checked first, or refused whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from entitlements import load_catalog
from tests.small_catalog import FILES, Files, edited, write

#: Pro as it is sold now is published, and a plan above it inherits from it.
PUBLISHED = {
    **edited("pro.yaml", "version: 1", "version: 0"),
    "plus.yaml": "plan: plus\nversion: 0\ntitle: Plus\nsold: by_sales\nextends: pro\n"
    "price: on_request\nsupport: email\n",
}
IDLE = (
    FILES["features/core.yaml"]
    + "  maps:\n    title: Maps\n    description: Data on a map.\n    on_loss: {effect: closed}\n"
)


def contents(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_bytes().decode() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    return write(tmp_path / "plans", {**PUBLISHED, "features/core.yaml": IDLE})


def changed(plans: Path, before: Files) -> list[str]:
    now = contents(plans)
    return sorted(name for name in now.keys() | before.keys() if now.get(name) != before.get(name))


@pytest.mark.parametrize(
    ("arguments", "file", "old", "new"),
    [
        (["pro", "caps.users.included", "60"], "pro.yaml", "included: 50", "included: 60"),
        (["plan:pro", "title", "Pro: more"], "pro.yaml", "title: Pro", 'title: "Pro: more"'),
        (["pro", "title", "2024"], "pro.yaml", "title: Pro", 'title: "2024"'),
        (["pro", "title", "1,000"], "pro.yaml", "title: Pro", 'title: "1,000"'),
        (["pro", "caps.users", "unlimited"], "pro.yaml", '{included: 50, extra: "2.00"}', "unlimited"),
        (["plus", "price", "{monthly: 150.00}"], "plus.yaml", "on_request", "{monthly: 150.00}"),
        (["plus", "baa", "offered"], "plus.yaml", "support: email", "support: email\nbaa: offered"),
        (["feature:reports", "on_loss.effect", "closed"], "features/core.yaml", "deactivated", "closed"),
        (["add-on:more_users", "caps.users.add", "150"], "add_ons/more.yaml", "100", "150"),
        (["catalog", "title", "Our plans"], "catalog.yaml", "title: Small", "title: Our plans"),
        (["catalog", "support_levels.1.title", "Mail"], "catalog.yaml", "title: E-mail", "title: Mail"),
    ],
)
def test_a_value_is_set_by_name_and_path(
    arguments: list[str], file: str, old: str, new: str, cli: Any, plans: Path
) -> None:
    before = contents(plans)
    ran = cli("edit", "set", *arguments)
    assert ran.code == 0
    assert contents(plans) == {**before, file: before[file].replace(old, new)}
    assert f"+++ b/plans/{file}" in ran.lines
    assert ran.lines[-1].startswith("Written: ")


@pytest.mark.parametrize(
    "arguments", [["pro", "features.0", "reports"], ["cap:users", "counted_by", "seats"]]
)
def test_nothing_is_written_when_it_is_so_already(arguments: list[str], cli: Any, plans: Path) -> None:
    before = (plans / "pro.yaml").stat().st_mtime_ns
    ran = cli("edit", "set", *arguments)
    assert (ran.code, ran.lines) == (0, ["Nothing to change."])
    assert (plans / "pro.yaml").stat().st_mtime_ns == before


def test_money_stays_in_quotes_and_what_is_new_gets_them(cli: Any, plans: Path) -> None:
    assert cli("edit", "set", "pro", "price.monthly", "150.00", "--new-version").code == 0
    assert 'price: {monthly: "150.00", annual_total: "1000.00"}' in (plans / "pro.yaml").read_text()
    assert cli("edit", "set", "plus", "price", "{monthly: '200'}").code == 0
    assert cli("edit", "set", "plus", "price.annual_total", "2000").code == 0
    assert 'price: {monthly: "200", annual_total: "2000"}' in (plans / "plus.yaml").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["catalog.yaml", "title", "x"], 'did you mean "catalog"?'),
        (["prro", "title", "x"], 'did you mean "pro"?'),
        (["pro@0", "title", "x"], "edit pro, the working file"),
        (["colour:pro", "title", "x"], "the kinds are plan, next, feature"),
        (["pro", "version", "two"], "write a whole number"),
        (["pro", "version", "1_0"], "write 10 without quotes"),
        (["pro", "price.monthly", "6,000.00"], 'did you mean "6000.00"?'),
        (["pro", "caps.users.included", "∞"], "write `users: unlimited`"),
        (["pro", "suport", "email"], 'did you mean "support"?'),
        (["pro", "caps.user.included", "5"], 'caps has no "user"\nHint: did you mean "users"?'),
        (["pro", "caps.users", "5"], "name one, such as caps.users.included"),
        (["pro", "caps", "5"], "caps holds users"),
        (["pro", "features", "reports"], "use `entitlements edit add-feature` or `remove-feature`"),
        (["catalog", "ladder", "pro"], "write the whole list, such as '[community, pro]'"),
        (["community", "price.monthly", "5"], "price is free, which has no parts"),
        (["catalog", "support_levels.7.title", "x"], "support_levels is a list"),
        (["pro", "title", "{x"], 'the bracket "{" opened here is not closed'),
    ],
)
def test_an_edit_that_cannot_be_made_says_the_way_out(
    arguments: list[str], said: str, cli: Any, plans: Path
) -> None:
    before = contents(plans)
    ran = cli("edit", "set", *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert changed(plans, before) == []


def test_an_edit_that_makes_an_error_is_refused_with_its_line(cli: Any, plans: Path) -> None:
    before = contents(plans)
    ran = cli("edit", "set", "pro", "support", "phone")
    assert ran.code == 1
    assert ran.lines[0].startswith("plans/pro.yaml:7:10: R304")
    assert "  7 | support: phone" in ran.out
    assert ran.lines[-1] == "Nothing was written: the edit would make an error."
    assert changed(plans, before) == []


def test_an_error_that_is_there_already_does_not_stop_another_edit(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", edited("pro.yaml", "support: email", "support: phone"))
    assert cli("edit", "set", "community", "title", "Free").code == 0
    ran = cli("edit", "set", "pro", "support", "email")
    assert ran.code == 0
    assert ran.lines[-1] == "Written: no problems in 9 files."


def test_taking_something_away_asks_for_a_new_version_and_makes_it(cli: Any, plans: Path) -> None:
    before = contents(plans)
    ran = cli("edit", "set", "pro", "caps.users.included", "40")
    assert ran.code == 1
    assert "V602" in ran.out
    assert ran.lines[-1] == "With --new-version the plan gets that number in the same step."
    assert 'those whose record says just "pro" come to pro@1' in ran.words
    assert "plans/next/pro.yaml with effective_from and existing_subscribers: keep" in ran.words
    assert changed(plans, before) == []
    ran = cli("edit", "set", "pro", "caps.users.included", "40", "--new-version")
    assert ran.code == 0
    assert "those whose record has only the plan's key come to the new one" in ran.words
    assert changed(plans, before) == ["pro.yaml"]
    assert "version: 1\n" in (plans / "pro.yaml").read_text()
    assert load_catalog(plans).plans["pro"].caps["users"].included == 40


def test_advice_about_the_new_version_does_not_keep_it_from_being_made(cli: Any, plans: Path) -> None:
    ran = cli("edit", "set", "pro", "caps.users.included", "4", "--new-version")
    assert (ran.code, ran.lines[1]) == (0, "plans/pro.yaml: version is 1")
    assert "L403" in ran.out
    assert "\nversion: 1\n" in (plans / "pro.yaml").read_text()


def test_a_diff_writes_nothing_and_leaves_with_0(cli: Any, plans: Path) -> None:
    before = contents(plans)
    ran = cli("edit", "set", "pro", "caps.users.included", "60", "--diff")
    assert ran.code == 0
    assert '-  users: {included: 50, extra: "2.00"}' in ran.lines
    assert ran.lines[-1].startswith("Nothing was written; it would leave ")
    assert changed(plans, before) == []


@pytest.mark.usefixtures("plans")
def test_json_says_what_was_done(cli: Any) -> None:
    document = cli("edit", "set", "pro", "caps.users.included", "60", "--json").document
    assert document["written"] is True
    assert document["files"] == ["plans/pro.yaml"]
    assert document["diff"].startswith("--- a/plans/pro.yaml\n")
    ran = cli("edit", "set", "pro", "support", "phone", "--json")
    assert ran.code == 1
    assert (ran.document["written"], [p["code"] for p in ran.document["problems"]]) == (False, ["R304"])
    assert cli("edit", "set", "prro", "title", "x", "--json").document["schema"] == "entitlements/error/1"


def test_a_feature_goes_to_a_plan_its_heirs_and_those_who_have_them(cli: Any, plans: Path) -> None:
    before = contents(plans)
    cli("publish", "--yes")
    published = contents(plans)
    ran = cli("edit", "add-feature", "maps", "--from", "pro")
    assert ran.code == 0
    assert changed(plans, published) == ["pro.yaml", "published/plus@0.yaml", "published/pro@0.yaml"]
    wider = before["pro.yaml"].replace("[reports, security]", "[maps, reports, security]")
    assert (plans / "pro.yaml").read_text() == wider
    assert cli("validate", "--strict").code == 0
    catalog = load_catalog(plans)
    assert all("maps" in catalog.versions[ref].features for ref in ("pro@0", "plus@0"))
    assert "maps" not in catalog.versions["community@0"].features
    again = contents(plans)
    ran = cli("edit", "add-feature", "maps", "--from", "pro")
    assert (ran.code, ran.lines[-1]) == (0, "Nothing to change.")
    assert changed(plans, again) == []


def test_subscribers_of_older_versions_get_it_only_when_named(cli: Any, tmp_path: Path) -> None:
    plans = write(tmp_path / "plans", {**FILES, "features/core.yaml": IDLE})
    assert cli("edit", "add-feature", "maps", "--from", "pro").code == 0
    assert "maps" not in load_catalog(plans).versions["pro@0"].features
    ran = cli("edit", "add-feature", "maps", "--from", "pro", "--also", "pro@0")
    assert ran.code == 0
    assert "plans/published/pro@0.yaml: those who have pro@0 get it too" in ran.lines
    assert "maps" in load_catalog(plans).versions["pro@0"].features


def test_a_version_that_starts_later_keeps_what_is_added_now(cli: Any, plans: Path) -> None:
    cli("publish", "--yes")
    later = PUBLISHED["plus.yaml"].replace("version: 0", "version: 1").replace("on_request", "free")
    (plans / "next").mkdir()
    (plans / "next" / "plus.yaml").write_text(
        f"{later}effective_from: 2099-01-01\nexisting_subscribers: keep\n", encoding="utf-8"
    )
    ran = cli("edit", "add-feature", "maps", "--from", "plus")
    assert ran.code == 0
    assert "features: [maps]\n" in (plans / "next" / "plus.yaml").read_text()
    assert cli("edit", "set", "next:plus", "effective_from", "2099-02-01").code == 0
    assert "effective_from: 2099-02-01\n" in (plans / "next" / "plus.yaml").read_text()
    assert cli("edit", "set", "plus", "title", "Plus!").code == 0
    assert "title: Plus\n" in (plans / "next" / "plus.yaml").read_text()


def test_a_new_feature_is_declared_in_its_group(cli: Any, plans: Path) -> None:
    about = [
        "--title",
        "Voice",
        "--description",
        "Calls by machine.",
        "--group",
        "core",
        "--on-loss",
        "closed",
    ]
    ran = cli("edit", "add-feature", "voice", "--from", "pro", *about)
    assert ran.code == 0
    assert (plans / "features" / "core.yaml").read_text() == IDLE + (
        "  voice:\n    title: Voice\n    description: Calls by machine.\n    on_loss: {effect: closed}\n"
    )
    feature = load_catalog(plans).features["voice"]
    assert (feature.title, feature.group, feature.on_loss.effect) == ("Voice", "core", "closed")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["voice", "--from", "pro"], "give --title, --description, --group, --on-loss (the groups are core)"),
        (["voice", "--from", "pro", "--title", "V"], "give --description, --group, --on-loss"),
        (["mapps", "--from", "pro"], 'did you mean "maps"?'),
        (["maps", "--from", "prro"], 'did you mean "pro"?'),
        (["maps", "--from", "pro@0"], "there is no plan"),
        (["maps", "--from", "plus", "--also", "pro@7"], "there is no published version"),
        (["maps", "--from", "plus", "--also", "pro@0"], "pro@0 is the version now sold"),
        (
            ["x", "--from", "pro", "--title=X", "--description=X", "--group=coer", "--on-loss=closed"],
            'did you mean "core"?',
        ),
    ],
)
def test_a_feature_that_cannot_be_added_says_what_is_missing(
    arguments: list[str], said: str, cli: Any, plans: Path
) -> None:
    before = contents(plans)
    ran = cli("edit", "add-feature", *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert changed(plans, before) == []


@pytest.mark.usefixtures("plans")
def test_a_feature_that_a_lower_plan_has_is_said_to_be_there(cli: Any) -> None:
    ran = cli("edit", "add-feature", "exports", "--from", "pro")
    assert ran.lines[0] == 'plans/community.yaml:10: plan "pro" has "exports" already, from "community"'
    assert ran.lines[-1] == "Nothing to change."


def test_a_plan_that_went_without_a_feature_has_it_again(cli: Any, plans: Path) -> None:
    with (plans / "plus.yaml").open("a") as file:
        file.write("without: [exports, security]\nbaa: not_offered\n")
    ran = cli("edit", "add-feature", "exports", "--from", "plus")
    assert ran.code == 0
    assert "without: [security]\n" in (plans / "plus.yaml").read_text()


def test_a_feature_is_removed_from_a_plan_or_gone_without(cli: Any, plans: Path) -> None:
    assert cli("edit", "remove-feature", "exports", "--from", "plus").code == 0
    assert "without: [exports]" in (plans / "plus.yaml").read_text()
    assert cli("edit", "remove-feature", "reports", "--from", "pro").code == 1
    assert cli("edit", "remove-feature", "reports", "--from", "pro", "--new-version").code == 0
    assert load_catalog(plans).plans["pro"].version == 1
    assert cli("edit", "remove-feature", "reports", "--from", "pro").lines[-1] == "Nothing to change."
    assert cli("edit", "remove-feature", "reprots", "--from", "pro").code == 2


def test_a_new_plan_is_ready_to_be_filled_in(cli: Any, plans: Path) -> None:
    ran = cli(
        "edit",
        "new-plan",
        "middle",
        "--extends",
        "community",
        "--title",
        "Middle",
        "--price",
        "50.00",
        "--annual-total",
        "500.00",
        "--after",
        "community",
    )
    assert ran.code == 0
    catalog = load_catalog(plans)
    assert catalog.ladder == ("community", "middle", "pro")
    plan = catalog.plans["middle"]
    assert (plan.title, str(plan.price.monthly), plan.sold) == ("Middle", "50.00", "self_service")
    text = (plans / "middle.yaml").read_text()
    assert '#   users: {included: 10, extra: "2.00"}' in text
    # What the comments say holds when the # is taken away.
    (plans / "middle.yaml").write_text(
        text.replace("# support", "support")
        .replace("# baa", "baa")
        .replace("# caps", "caps")
        .replace("#   us", "  us")
    )
    assert load_catalog(plans).plans["middle"] == plan


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pro", "--extends", "pro"], '"pro" is a plan already'),
        (["free", "--extends", "pro"], '"free" is another word for "community" already'),
        (["x", "--extends", "prro"], 'did you mean "pro"?'),
        (["x", "--extends", "pro", "--after", "plus"], "the ladder is community, pro"),
    ],
)
def test_a_plan_that_cannot_be_made_says_why(arguments: list[str], said: str, cli: Any, plans: Path) -> None:
    before = contents(plans)
    ran = cli("edit", "new-plan", *arguments, "--title", "X")
    assert ran.code == 2
    assert said in ran.err
    assert changed(plans, before) == []


def test_a_plan_whose_file_would_be_wrong_is_not_made(cli: Any, plans: Path) -> None:
    before = contents(plans)
    ran = cli("edit", "new-plan", "x", "--extends", "pro", "--title", "X", "--price", "$50")
    assert ran.code == 1
    assert "S205" in ran.out
    assert changed(plans, before) == []


def test_plans_are_made_of_a_sound_catalog_only(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", edited("pro.yaml", "support: email", "support: phone"))
    ran = cli("edit", "add-feature", "exports", "--from", "pro")
    assert ran.code == 2
    assert "the catalog has an error already: plans/pro.yaml:7" in ran.err


def test_the_catalog_that_comes_along_is_only_looked_at(cli: Any) -> None:
    assert cli("--catalog", "shipped", "edit", "set", "pro", "title", "X").code == 2
    ran = cli("--catalog", "shipped", "edit", "set", "pro", "title", "X", "--diff")
    assert ran.code == 0
    assert "+title: X" in ran.lines
    assert cli("edit", "set", "pro", "title", "X").code == 2
    assert cli("--catalog", "nowhere", "edit", "set", "pro", "title", "X").code == 2


def test_a_link_that_leads_outside_is_not_edited(cli: Any, plans: Path, tmp_path: Path) -> None:
    (plans / "plus.yaml").rename(tmp_path / "plus.yaml")
    (plans / "plus.yaml").symlink_to(tmp_path / "plus.yaml")
    ran = cli("edit", "set", "plus", "title", "X")
    assert ran.code == 2
    assert "title: Plus" in (tmp_path / "plus.yaml").read_text()
