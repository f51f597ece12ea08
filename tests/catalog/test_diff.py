from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from entitlements.catalog.build import build_catalog
from entitlements.catalog.diff.catalogs import CatalogDiff, diff_catalogs
from entitlements.catalog.editing.dump import dump_catalog
from entitlements.catalog.folder import KINDS
from entitlements.catalog.load import load_catalog
from entitlements.catalog.reading.document import read_bytes
from entitlements.model import Catalog
from tests.small_catalog import FILES, Files, edited


def catalog(files: Files) -> Catalog:
    pairs = []
    for name, text in sorted(files.items()):
        folder = name.partition("/")[0] if "/" in name else ""
        kind = KINDS.get(folder, "catalog" if name == "catalog.yaml" else "plan")
        if kind not in ("plan-tests", "subjects"):
            document = read_bytes(text.encode(), name)
            assert not document.problems, document.problems
            pairs.append((kind, document))
    found, problems = build_catalog(pairs)
    assert found is not None, problems
    return found


def diff_of(*edits: tuple[str, str, str], old: Files = FILES) -> CatalogDiff:
    files = dict(old)
    for name, before, after in edits:
        files = edited(name, before, after, files)
    return diff_catalogs(catalog(old), catalog(files))


def only(diff: CatalogDiff) -> Any:
    (one,) = diff.changes
    return one


GAINS, TAKES, EVEN, WORDS = "widening", "narrowing", "neutral", "text only"
EXTRA = "  extra:\n    title: E\n    description: E.\n    on_loss: {effect: closed}\n"
CHANGES = [
    ("pro.yaml", "[reports, security]", "[security]", "feature", "removed", TAKES),
    ("community.yaml", "[exports]", "[exports, security]", "feature", "added", GAINS),
    ("pro.yaml", "included: 50", "included: 60", "cap", "raised", GAINS),
    ("pro.yaml", "included: 50", "included: 40", "cap", "lowered", TAKES),
    ("pro.yaml", "users: {included: 50,", "users: {included: 60, hard: true} #", "cap", "raised", TAKES),
    ("pro.yaml", 'extra: "2.00"', 'extra: "2.50"', "cap", "changed", TAKES),
    ("pro.yaml", 'extra: "2.00"', 'extra: "1.50"', "cap", "changed", GAINS),
    ("pro.yaml", 'extra: "2.00"', "extra: by_rate", "cap", "changed", EVEN),
    ("pro.yaml", 'users: {included: 50, extra: "2.00"}', "users: unlimited", "cap", "raised", GAINS),
    ("pro.yaml", '"100.00"', '"110.00"', "price", "raised", TAKES),
    ("pro.yaml", '"100.00"', '"90.00"', "price", "lowered", GAINS),
    (
        "pro.yaml",
        '"100.00", annual_total: "1000.00"',
        '"90.00", annual_total: "1001.00"',
        "price",
        "changed",
        TAKES,
    ),
    ("pro.yaml", ', annual_total: "1000.00"', "", "price", "raised", TAKES),
    ("pro.yaml", '{monthly: "100.00", annual_total: "1000.00"}', "on_request", "price", "changed", EVEN),
    ("community.yaml", "price: free", 'price: {monthly: "5.00"}', "price", "raised", TAKES),
    ("pro.yaml", "support: email", "support: forum", "support", "lowered", TAKES),
    ("community.yaml", "support: forum", "support: email", "support", "raised", GAINS),
    ("pro.yaml", "baa: offered", "baa: not_offered", "baa", "changed", TAKES),
    ("pro.yaml", "sold: self_service", "sold: by_sales", "sold", "changed", TAKES),
    ("community.yaml", "title: Community", "title: Free", "title", "changed", WORDS),
    ("community.yaml", "price: free", "price: free\nsuspends: true", "suspends", "changed", TAKES),
    ("features/core.yaml", "effect: deactivated", "effect: deleted", "loss policy", "changed", TAKES),
    ("features/core.yaml", "effect: deactivated", "effect: read_only", "loss policy", "changed", GAINS),
    ("features/core.yaml", "deactivated}", "deactivated, restores: no}", "restores", "changed", TAKES),
    ("features/core.yaml", "deactivated}", "deactivated, restores: offered}", "restores", "changed", GAINS),
    (
        "features/core.yaml",
        "[{client: export-tool, because: It needs them.}]",
        "[]",
        "client exemption",
        "removed",
        TAKES,
    ),
    ("features/core.yaml", "It needs them.", "It must.", "client exemption", "changed", WORDS),
    (
        "features/core.yaml",
        "    exempt:",
        "    requires: [exports]\n    exempt:",
        "requirement",
        "added",
        TAKES,
    ),
    (
        "features/core.yaml",
        "    exempt:",
        "    checks: {office_hours: {a: 1}}\n    exempt:",
        "checker",
        "added",
        TAKES,
    ),
    (
        "features/core.yaml",
        "    exempt:",
        "    when_stale: deny\n    exempt:",
        "when stale",
        "changed",
        TAKES,
    ),
    ("features/core.yaml", "    exempt:", "    listed: report\n    exempt:", "listed", "changed", EVEN),
    ("features/core.yaml", "Data can be summed up.", "Sums.", "description", "changed", WORDS),
    ("features/core.yaml", "{one: report, ", "{one: table, ", "counts", "changed", WORDS),
    ("features/core.yaml", "deactivated}", "deactivated, advice: Print.}", "advice", "changed", WORDS),
    ("catalog.yaml", "{one: user, ", "{one: person, ", "unit", "changed", WORDS),
    (
        "catalog.yaml",
        "counted_by: seats",
        "counted_by: usage\n    period: calendar_month",
        "cap's counted by",
        "changed",
        EVEN,
    ),
    ("catalog.yaml", "currency: USD", "currency: EUR", "currency", "changed", TAKES),
    ("catalog.yaml", "time_zone: UTC", "time_zone: Africa/Nairobi", "time zone", "changed", EVEN),
    ("catalog.yaml", "ladder: [community, pro]", "ladder: [pro, community]", "ladder", "changed", EVEN),
    ("catalog.yaml", "default_plan: community", "default_plan: pro", "default plan", "changed", GAINS),
    ("catalog.yaml", "after_end: community", "after_end: pro", "after end", "changed", GAINS),
    ("catalog.yaml", "free: community", "free: pro", "alias", "changed", TAKES),
    ("catalog.yaml", "aliases: {free: community}\n", "", "alias", "removed", TAKES),
    ("catalog.yaml", "baa: {needs: [security]}\n", "", "baa needs", "removed", EVEN),
    (
        "catalog.yaml",
        "aliases:",
        "minimum_term: {monthly: {days: 30}}\naliases:",
        "minimum term",
        "added",
        TAKES,
    ),
    ("catalog.yaml", "title: E-mail,", "title: Mail,", "title", "changed", WORDS),
    ("catalog.yaml", "[Help pages]", "[Help]", "includes", "changed", WORDS),
    ("catalog.yaml", "title: Export tool", "title: Exporter", "client text", "changed", WORDS),
    ("catalog.yaml", "title: Small", "title: Tiny", "title", "changed", WORDS),
    ("lang/fr.yaml", "Rapports", "Tableaux", "translation", "changed", WORDS),
    ("add_ons/more.yaml", "add: 100", "add: 50", "add-on cap", "changed", TAKES),
    ("add_ons/more.yaml", "add: 100", "add: 150", "add-on cap", "changed", GAINS),
    (
        "add_ons/more.yaml",
        "    caps:",
        "    features: [security]\n    caps:",
        "add-on feature",
        "added",
        GAINS,
    ),
    ("add_ons/more.yaml", "price: on_request", "price: free", "add-on price", "changed", EVEN),
    ("add_ons/more.yaml", "sold_with: [pro]", "sold_with: [pro, community]", "sold with", "added", GAINS),
    ("add_ons/more.yaml", "title: More users", "title: Users", "title", "changed", WORDS),
]


@pytest.mark.parametrize(("name", "before", "after", "what", "kind", "cls"), CHANGES)
def test_a_change_is_named_and_classed(
    name: str, before: str, after: str, what: str, kind: str, cls: str
) -> None:
    diff = diff_of((name, before, after))
    found = [(one.what, one.kind, one.cls) for one in diff.changes if one.what != "cap's period"]
    assert (what, kind, cls) in found
    # Pro inherits what Community gains, and nothing else comes along.
    assert len(found) <= (2 if name == "community.yaml" else 1)


def test_nothing_differs_between_equal_catalogs_however_they_are_written() -> None:
    reordered = edited("pro.yaml", "[reports, security]", "[security, reports]")
    assert not list(diff_catalogs(catalog(FILES), catalog(reordered)).changes)


def test_the_opposite_edit_has_the_opposite_class() -> None:
    opposite = {GAINS: TAKES, TAKES: GAINS, EVEN: EVEN, WORDS: WORDS}
    both_ways = {"hard: true", "annual_total", "default_plan", "free: pro", "currency"}
    for name, before, after, what, _, cls in CHANGES:
        if not any(word in after for word in both_ways):
            back = diff_catalogs(catalog(edited(name, before, after)), catalog(FILES))
            assert opposite[cls] in [one.cls for one in back.changes if one.what == what], (name, after)


@pytest.mark.parametrize("word", ["default_plan", "after_end"])
def test_a_plan_for_those_without_a_subscription_is_classed_by_what_it_gives(word: str) -> None:
    to_pro = ("catalog.yaml", f"{word}: community", f"{word}: pro")
    assert only(diff_of(to_pro)).cls == GAINS
    assert (
        only(diff_of(("catalog.yaml", f"{word}: pro", f"{word}: community"), old=edited(*to_pro))).cls
        == TAKES
    )
    without = edited("pro.yaml", "features: [reports", "without: [exports]\nfeatures: [reports")
    assert only(diff_of(to_pro, old=without)).cls == TAKES


def test_an_inherited_change_is_told_once_with_its_heirs() -> None:
    one = only(diff_of(("community.yaml", "[exports]", "[]")))
    assert (one.what, one.key, one.also) == ("feature", "exports", ("pro",))


def test_a_change_that_a_child_makes_itself_is_its_own() -> None:
    files = edited("pro.yaml", "[reports, security]", "[exports, reports, security]")
    diff = diff_of(
        ("community.yaml", "[exports]", "[]"),
        ("pro.yaml", "[exports, reports, security]", "[reports, security]"),
        old=files,
    )
    assert [(plan.name, [one.also for one in plan.changes]) for plan in diff.plans] == [
        ("community", [()]),
        ("pro", [()]),
    ]


def test_a_widening_of_a_published_version_is_named_with_that_of_the_plan() -> None:
    diff = diff_of(
        ("features/core.yaml", "  security:\n", f"{EXTRA}  security:\n"),
        ("pro.yaml", "[reports, security]", "[extra, reports, security]"),
        ("published/pro@0.yaml", "[exports, reports, security]", "[exports, extra, reports, security]"),
    )
    (plan,) = diff.plans
    (one,) = plan.changes
    assert (plan.name, one.key, one.cls, one.also) == ("pro", "extra", GAINS, ("pro@0",))
    assert [(o.what, o.kind, o.cls) for o in diff.others] == [("feature", "added", EVEN)]


def test_a_published_version_that_changes_alone_stands_for_itself() -> None:
    (plan,) = diff_of(("published/pro@0.yaml", "[exports, reports, security]", "[exports]")).plans
    assert (plan.name, [one.key for one in plan.changes]) == ("pro@0", ["reports", "security"])


def test_a_new_version_keeps_subscribers_of_a_published_one() -> None:
    sold = edited("pro.yaml", "version: 1", "version: 0")
    (plan,) = diff_of(("pro.yaml", "version: 0", "version: 1"), old=sold).plans
    assert plan.keeps is True
    (plan,) = diff_of(("pro.yaml", "version: 1", "version: 2")).plans
    assert plan.keeps is False


def test_plans_that_come_and_go() -> None:
    more = {**FILES, "top.yaml": FILES["pro.yaml"].replace("plan: pro", "plan: top")}
    small, large = catalog(FILES), catalog(more)
    assert only(diff_catalogs(small, large)).cls == GAINS
    assert only(diff_catalogs(large, small)).cls == TAKES


def test_each_change_is_at_its_line() -> None:
    one = only(diff_of(("pro.yaml", "included: 50", "included: 60")))
    assert str(one.mark) == "pro.yaml:10"
    gone = only(diff_of(("pro.yaml", "[reports, security]", "[reports]")))
    assert (str(gone.mark), gone.side) == ("pro.yaml:11", "old")


def test_the_shipped_catalog_does_not_differ_from_itself(tmp_path: Path) -> None:
    dump_catalog(load_catalog(), tmp_path / "plans")
    again = load_catalog(tmp_path / "plans", check_versions=False)
    assert [one.what for one in diff_catalogs(load_catalog(), again).changes] == []


COMING = """\
plan: pro
version: 2
title: Pro
sold: self_service
extends: community
effective_from: 2027-01-01
existing_subscribers: keep
price: {monthly: "120.00", annual_total: "1200.00"}
support: email
baa: offered
caps:
  users: {included: 50, extra: "2.00"}
features: [reports, security]
"""
RECORD = FILES["published/pro@0.yaml"].replace("version: 0", "version: 1")
DATED = {**FILES, "published/pro@1.yaml": RECORD, "next/pro.yaml": COMING}


def test_a_version_that_will_start_says_from_when_and_what_it_does() -> None:
    old = {name: text for name, text in DATED.items() if name != "next/pro.yaml"}
    (plan,) = diff_catalogs(catalog(old), catalog(DATED)).plans
    assert (plan.name, str(plan.starts), plan.keeps) == ("pro@2", "2027-01-01 00:00:00+00:00", True)
    assert [(one.what, one.kind, one.cls) for one in plan.changes] == [
        ("version", "changed", EVEN),
        ("price", "raised", TAKES),
    ]


def test_a_version_that_will_not_start_after_all_is_gone() -> None:
    old = {name: text for name, text in DATED.items() if name != "next/pro.yaml"}
    (plan,) = diff_catalogs(catalog(DATED), catalog(old)).plans
    assert [(one.what, one.kind, one.cls) for one in plan.changes] == [("next version", "removed", GAINS)]


@pytest.mark.parametrize(
    ("before", "after", "what", "cls"),
    [
        ("2027-01-01", "2027-02-01", "effective from", EVEN),
        ("subscribers: keep", "subscribers: at_once", "existing subscribers", EVEN),
        ("[reports, security]", "[security]", "feature", TAKES),
    ],
)
def test_a_version_that_waits_is_compared_with_itself(before: str, after: str, what: str, cls: str) -> None:
    diff = diff_of(("next/pro.yaml", before, after), old=DATED)
    (plan,) = diff.plans
    assert [(one.what, one.cls) for one in plan.changes] == [(what, cls)]


def test_a_version_that_has_come_is_a_new_one() -> None:
    now = {**DATED, "pro.yaml": COMING}
    del now["next/pro.yaml"]
    (plan,) = diff_catalogs(catalog(DATED), catalog(now)).plans
    assert (plan.name, plan.keeps, plan.starts) == ("pro", True, None)
