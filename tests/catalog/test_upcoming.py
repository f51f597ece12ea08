"""Versions that wait in `next/`: what they inherit, when they are sold, what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from entitlements import CatalogError, load_catalog
from entitlements.catalog.editing.dump import dump_catalog
from entitlements.catalog.editing.record import record_text
from entitlements.catalog.load import read_catalog
from entitlements.model import EMPTY, Catalog
from entitlements.plugin_manager import load_plugins
from entitlements.testing.findings import findings_in
from tests.small_catalog import FILES, edited, overlaid, write

START = datetime(2027, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
DATES = "effective_from: 2027-01-01\nexisting_subscribers: at_once\n"
NEXT_PRO = overlaid(FILES["pro.yaml"], f"version: 2\n{DATES}features: [reports]\nbaa: not_offered\n")
NEXT_COMMUNITY = overlaid(FILES["community.yaml"], f"version: 1\n{DATES}features: [exports, reports]\n")
WITH_NEXT = {**FILES, "next/pro.yaml": NEXT_PRO}


def catalog(folder: Path, files: Mapping[str, str]) -> Catalog:
    return load_catalog(write(folder, files))


def lines(folder: Path, files: Mapping[str, str], at: datetime = START - TICK) -> list[str]:
    found = findings_in(write(folder / "c", files), load_plugins(entry_points=False), at=at)
    return [str(problem) for problem in found.problems]


def test_a_plan_means_the_next_version_from_its_first_instant_on(tmp_path: Path) -> None:
    found = catalog(tmp_path, WITH_NEXT)
    assert (found.plan("pro").ref, found.plan("pro@2").ref) == ("pro@1", "pro@2")
    sold = [found.at(START + by).plan("pro").ref for by in (-TICK, 0 * TICK, TICK)]
    assert sold == ["pro@1", "pro@2", "pro@2"]
    assert found.at(START - TICK) is found
    assert found.at(START).at(START - TICK).plan("pro").ref == "pro@1"
    assert found.at(START).plan("pro@1").ref == "pro@1"
    assert found.plan("pro@2").mark.file.endswith("next/pro.yaml")
    assert "security" in found.at(START).features


@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("America/New_York", "2027-01-01", datetime(2027, 1, 1, 5, tzinfo=UTC)),
        ("Asia/Kolkata", "2027-01-01", datetime(2026, 12, 31, 18, 30, tzinfo=UTC)),
        # The clocks go forward that day, at midnight: it begins an hour late.
        ("Africa/Cairo", "2026-04-24", datetime(2026, 4, 23, 22, tzinfo=UTC)),
        ("America/New_York", "2026-11-02", datetime(2026, 11, 2, 5, tzinfo=UTC)),
        ("Asia/Kolkata", "2027-01-01T09:00:00+01:00", datetime(2027, 1, 1, 8, tzinfo=UTC)),
    ],
)
def test_a_bare_date_begins_in_the_time_zone_of_the_catalog(
    zone: str, day: str, instant: datetime, tmp_path: Path
) -> None:
    files = edited("next/pro.yaml", "effective_from: 2027-01-01", f"effective_from: {day}", WITH_NEXT)
    found = catalog(tmp_path, edited("catalog.yaml", "time_zone: UTC", f"time_zone: {zone}", files))
    assert found.upcoming["pro"].effective_from == instant
    assert found.at(instant - TICK).plan("pro").ref == "pro@1"
    assert found.at(instant).plan("pro").ref == "pro@2"


@pytest.mark.parametrize(
    ("start", "inherited"),
    [
        ("2026-12-31", True),
        ("2027-01-01", True),
        ("2027-01-01T00:00:00.000001Z", False),
        ("2027-01-02", False),
    ],
)
def test_it_extends_the_next_version_of_its_parent_if_that_has_started(
    start: str, inherited: bool, tmp_path: Path
) -> None:
    parent = NEXT_COMMUNITY.replace("[exports, reports]", "[reports, security]").replace("2027-01-01", start)
    child = NEXT_PRO.replace("features: [reports]", "features: []")
    folder = write(tmp_path, {**FILES, "next/pro.yaml": child, "next/community.yaml": parent})
    # Where it starts first, its parent takes something from it later on.
    found = load_catalog(folder, check_versions=inherited)
    assert sorted(found.upcoming["pro"].features) == (["reports", "security"] if inherited else ["exports"])
    assert sorted(found.plans["pro"].features) == ["exports", "reports", "security"]


def test_a_working_file_extends_working_files_only(tmp_path: Path) -> None:
    parent = NEXT_COMMUNITY.replace("[exports, reports]", "[]")
    found = catalog(tmp_path, {**FILES, "next/community.yaml": parent})
    assert "exports" in found.at(START).plan("pro").features
    assert "exports" not in found.at(START).plan("community").features


#: Pro is published as it is sold, and inherits exports, its cap, support and BAA.
HEIR = overlaid(FILES["pro.yaml"], "version: 0\ncaps: {}\nsupport: email\nfeatures: [reports, security]\n")


def with_heir(folder: Path, parent: str, more: Mapping[str, str] = EMPTY) -> list[str]:
    """What is wrong with a next version of Community while Pro, which extends it, is published."""
    files = {
        **{name: text for name, text in FILES.items() if name != "published/pro@0.yaml"},
        "pro.yaml": HEIR,
    }
    record = record_text(catalog(folder / "a", files).plans["pro"])
    changed = {"next/community.yaml": overlaid(NEXT_COMMUNITY, parent), "published/pro@0.yaml": record}
    return lines(folder, {**files, **changed, **more})


@pytest.mark.parametrize(
    ("parent", "lost", "kept"),
    [
        ("features: []\n", 'feature "exports" is taken away', "exports to features"),
        ("caps: {users: {included: 5, extra: 2}}\n", 'cap "users" goes from 10 to 5', "to caps"),
    ],
)
def test_what_a_published_plan_would_lose_through_it_is_found_today(
    parent: str, lost: str, kept: str, tmp_path: Path
) -> None:
    (line,) = with_heir(tmp_path, parent)
    assert line.startswith("c/next/community.yaml:")
    assert "V609 on 2027-01-01 community@1 would take something away" in line
    assert f"pro@0: {lost}" in line
    assert kept in line
    assert "write c/next/pro.yaml with effective_from: 2027-01-01" in line


@pytest.mark.parametrize(
    ("start", "expected"), [("2026-12-31", "pro@1: "), ("2027-01-01", None), ("2027-01-02", "pro@0: ")]
)
def test_a_plan_loses_nothing_by_it_if_it_changes_on_the_same_day(
    start: str, expected: str | None, tmp_path: Path
) -> None:
    child = overlaid(HEIR, f"version: 1\n{DATES}").replace("2027-01-01", start)
    found = [
        line for line in with_heir(tmp_path, "features: []\n", {"next/pro.yaml": child}) if "V609" in line
    ]
    assert len(found) == (0 if expected is None else 1)
    assert all(f"their number: {expected}" in line for line in found)


def test_a_plan_loses_nothing_by_it_if_it_lists_it_or_is_not_published(tmp_path: Path) -> None:
    lists = HEIR.replace("[reports, security]", "[exports, reports, security]")
    assert with_heir(tmp_path / "a", "features: []\n", {"pro.yaml": lists}) == []
    assert (
        with_heir(tmp_path / "b", "features: []\n", {"pro.yaml": HEIR.replace("version: 0", "version: 5")})
        == []
    )


def test_next_versions_that_extend_each_other_are_one_problem(tmp_path: Path) -> None:
    circle = overlaid(NEXT_COMMUNITY, "extends: pro\n")
    found = read_catalog(write(tmp_path, {**WITH_NEXT, "next/community.yaml": circle}))
    assert [problem.code for problem in found.problems] == ["R308"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "plan: pro",
            "plan: prro",
            '1:7: R302 this is the next version of the unknown plan "prro"',
        ),
        ("features: [reports]", "features: [reprots]", "R301"),
        ("support: email", "support: mail", "R304"),
        ("extends: community", "extends: comunity", "R302"),
        ("effective_from: 2027-01-01\n", "", "S202"),
        ("effective_from: 2027-01-01", "effective_from: 2027-02-30", "S206"),
        ("effective_from: 2027-01-01", "effective_from: soon", "S205"),
        ("existing_subscribers: at_once", "existing_subscribers: leave", "S204"),
        (
            "version: 2",
            "version: 1",
            "V603 the next version of pro has the number 1, but there is pro@1",
        ),
        ("version: 2", "version: 0", "write version: 2"),
        (
            "at_once",
            "at_renewal",
            'S204 existing_subscribers cannot be "at_renewal"; allowed: keep, at_once',
        ),
        (
            "at_once",
            "keep",
            "V605 those who have pro@1 keep it, but pro@1 is not published; run `",
        ),
    ],
)
def test_a_mistake_in_a_file_to_come_is_found_today(
    old: str, new: str, expected: str, tmp_path: Path
) -> None:
    (line,) = lines(tmp_path, edited("next/pro.yaml", old, new, WITH_NEXT))
    assert line.startswith("c/next/pro.yaml:")
    assert expected in line


def test_two_next_versions_of_one_plan_are_one_too_many(tmp_path: Path) -> None:
    (line,) = lines(tmp_path, {**WITH_NEXT, "next/pro2.yaml": NEXT_PRO})
    assert 'R311 next version of plan "pro" is declared twice' in line


def test_one_on_the_ladder_says_every_cap(tmp_path: Path) -> None:
    files = {**FILES, "next/community.yaml": overlaid(NEXT_COMMUNITY, "caps: {}\n")}
    (line,) = lines(tmp_path, files)
    assert line.startswith(
        'c/next/community.yaml:1:1: R313 plan "community" is on the ladder but does not say'
    )


def test_what_subscribers_keep_need_only_be_published(tmp_path: Path) -> None:
    files = edited("next/pro.yaml", "at_once", "keep", WITH_NEXT)
    record = record_text(catalog(tmp_path / "a", FILES).plans["pro"])
    assert lines(tmp_path, {**files, "published/pro@1.yaml": record}) == []


def test_one_that_has_started_is_asked_to_become_the_working_file(tmp_path: Path) -> None:
    assert lines(tmp_path, WITH_NEXT, START - TICK) == []
    (line,) = lines(tmp_path, WITH_NEXT, START)
    assert line == (
        "c/next/pro.yaml:10:17: V606 pro@2 is sold since 2027-01-01, but its file still waits in next/; "
        'since then it counts for everybody on pro: feature "security" is taken away; the BAA is no longer '
        "offered; run `entitlements publish pro`, or write a later date if that is not meant"
    )
    assert load_catalog(tmp_path / "c").plan("pro").ref == "pro@1"


def test_whom_a_version_counts_for_that_has_started_is_told(tmp_path: Path) -> None:
    files = edited("next/pro.yaml", "at_once", "keep", WITH_NEXT)
    record = record_text(catalog(tmp_path / "a", FILES).plans["pro"])
    (line,) = lines(tmp_path, {**files, "published/pro@1.yaml": record}, START)
    assert "it counts for whoever subscribed to pro since then: feature" in line


def test_a_working_file_with_a_date_follows_what_is_published(tmp_path: Path) -> None:
    dated = {**FILES, "pro.yaml": FILES["pro.yaml"] + DATES}
    found = catalog(tmp_path, dated)
    assert [plan.ref for plan in found.successions["pro"]] == ["pro@0", "pro@1"]
    assert (found.at(START - TICK).plan("pro").ref, found.at(START).plan("pro").ref) == ("pro@0", "pro@1")
    chain = catalog(tmp_path / "b", {**dated, "next/pro.yaml": NEXT_PRO.replace("2027", "2028")})
    assert [plan.ref for plan in chain.successions["pro"]] == ["pro@0", "pro@1", "pro@2"]
    assert [
        chain.at(datetime(year, 6, 1, tzinfo=UTC)).plan("pro").version for year in (2026, 2027, 2028)
    ] == [0, 1, 2]


DATED = {**FILES, "pro.yaml": FILES["pro.yaml"] + DATES}


def test_a_working_file_of_a_version_to_come_is_led_to_next_until_its_day(tmp_path: Path) -> None:
    (line,) = lines(tmp_path, DATED, START - TICK)
    assert line.startswith("c/pro.yaml:12:17: V611 pro@1 is sold from 2027-01-01 on")
    assert "put pro@0 back here" in line
    assert "write pro@1 into c/next/pro.yaml" in line
    assert lines(tmp_path, DATED, START) == []


def test_only_one_version_of_a_plan_waits(tmp_path: Path) -> None:
    both = {**DATED, "next/pro.yaml": NEXT_PRO.replace("2027", "2028")}
    (line,) = lines(tmp_path, both)
    assert line.endswith("decide which version waits in c/next/pro.yaml: only one can")


def test_a_version_published_for_a_day_to_come_may_stay(tmp_path: Path) -> None:
    record = record_text(catalog(tmp_path / "a", DATED).plans["pro"])
    assert lines(tmp_path, {**DATED, "published/pro@1.yaml": record}) == []


def test_a_date_that_is_wrong_anyway_is_told_once(tmp_path: Path) -> None:
    (line,) = lines(tmp_path, {name: text for name, text in DATED.items() if "pro@0" not in name})
    assert "V607" in line
    (line,) = lines(tmp_path / "b", {**DATED, "next/pro.yaml": NEXT_PRO}, START)
    assert "V608" in line


def test_a_date_decides_and_so_it_is_part_of_the_digest(tmp_path: Path) -> None:
    digests = {
        catalog(tmp_path / str(number), {**FILES, **more}).digest
        for number, more in enumerate(
            (
                {},
                {"next/pro.yaml": NEXT_PRO},
                {"next/pro.yaml": NEXT_PRO.replace("2027", "2028")},
                {"next/pro.yaml": NEXT_PRO.replace("features: [reports]", "features: [reports, security]")},
            )
        )
    }
    assert len(digests) == 4


def test_a_published_date_is_not_changed(tmp_path: Path) -> None:
    files = {**FILES, "pro.yaml": FILES["pro.yaml"] + DATES}
    record = record_text(catalog(tmp_path / "a", files).plans["pro"])
    assert 'effective_from: "2027-01-01T00:00:00Z"\nexisting_subscribers: at_once\n' in record
    files = {**files, "published/pro@1.yaml": record}
    assert lines(tmp_path, files, START) == []
    (line,) = lines(tmp_path, edited("pro.yaml", "2027-01-01", "2027-01-02", files), START)
    assert "V602 pro@1 is published, and this changes it: it says otherwise since when it is sold" in line


def test_a_dumped_catalog_has_its_versions_to_come(tmp_path: Path) -> None:
    found = catalog(tmp_path / "a", {**WITH_NEXT, "next/community.yaml": NEXT_COMMUNITY})
    dump_catalog(found, tmp_path / "b")
    again = load_catalog(tmp_path / "b")
    assert again.digest == found.digest
    refs = {key: plan.ref for key, plan in again.upcoming.items()}
    assert refs == {"community": "community@1", "pro": "pro@2"}


def test_an_engine_refuses_what_is_wrong_with_a_version_to_come(tmp_path: Path) -> None:
    folder = write(tmp_path, edited("next/pro.yaml", "version: 2", "version: 1", WITH_NEXT))
    with pytest.raises(CatalogError, match="V603"):
        load_catalog(folder)
    assert load_catalog(folder, check_versions=False).plan("pro").ref == "pro@1"


def test_days_are_told_in_the_time_zone_of_the_catalog(tmp_path: Path) -> None:
    files = edited("catalog.yaml", "time_zone: UTC", "time_zone: Africa/Nairobi", WITH_NEXT)
    dated = edited("pro.yaml", "version: 1\n", f"version: 1\n{DATES}", files)
    found = findings_in(
        write(tmp_path, dated), load_plugins(entry_points=False), at=START - 365 * 24 * 3600 * TICK
    )
    (problem,) = [problem for problem in found.problems if problem.code == "V608"]
    assert [one.message for one in problem.related] == ["pro@1 starts on 2027-01-01"]
