"""Who has which version when another begins to be sold: to the microsecond, and in every answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from entitlements import Engine, load_catalog
from entitlements.catalog.editing.record import record_text
from entitlements.clock import FixedClock
from entitlements.source.memory import MemorySource
from entitlements.subject import Override, SubjectRecord, Subscription
from tests.small_catalog import FILES, overlaid, write

START = datetime(2027, 1, 1, 5, tzinfo=UTC)  # midnight in New York
TICK = timedelta(microseconds=1)
AROUND = (START - TICK, START, START + TICK)
#: For more it gives 30 users, not 50, and no security.
NEXT = """\
version: 2
effective_from: 2027-01-01
existing_subscribers: keep
price: {monthly: "120.00"}
caps:
  users: {included: 30, hard: true}
features: []
baa: not_offered
"""
FREE = ["community@0", "community@1", "community@1"]


def subscribed(plan: str, start: datetime | None = None) -> tuple[Subscription, ...]:
    return (Subscription(plan, start),)


RECORDS = {
    "bare": subscribed("pro"),
    "before": subscribed("pro", datetime(2026, 5, 1, tzinfo=UTC)),
    "just before": subscribed("pro", START - TICK),
    "just then": subscribed("pro", START),
    "after": subscribed("pro", START + TICK),
    "old": subscribed("pro@0", datetime(2020, 5, 1, tzinfo=UTC)),
    "numbered": subscribed("pro@1", datetime(2026, 5, 1, tzinfo=UTC)),
    "ahead": subscribed("pro@2", datetime(2026, 5, 1, tzinfo=UTC)),
    "free": (),
    "ended": (Subscription("pro", end=datetime(2026, 5, 1, tzinfo=UTC)),),
}


def folder_with(folder: Path, subscribers: str = "keep") -> Path:
    files = {**FILES, "catalog.yaml": FILES["catalog.yaml"].replace("UTC", "America/New_York")}
    record = record_text(load_catalog(write(folder / "first", files)).plans["pro"])
    community = (
        "version: 1\neffective_from: 2027-01-01\nexisting_subscribers: keep\nfeatures: [exports, reports]\n"
    )
    more = {
        "published/pro@1.yaml": record,
        "next/pro.yaml": overlaid(FILES["pro.yaml"], NEXT.replace("keep", subscribers)),
        "next/community.yaml": overlaid(FILES["community.yaml"], community.replace("keep", "at_once")),
    }
    return write(folder / "plans", {**files, **more})


def engine_at(folder: Path, clock: FixedClock, subscribers: str = "keep") -> Engine:
    records = [SubjectRecord(name, subscriptions) for name, subscriptions in RECORDS.items()]
    return Engine.open(folder_with(folder, subscribers), MemorySource(records), clock=clock)


def had(engine: Engine, subject: str) -> list[str]:
    return [engine.entitlements(subject, at=instant).plan.ref for instant in AROUND]


@pytest.mark.parametrize(
    ("subject", "keep", "at_once"),
    [
        ("bare", ["pro@1", "pro@1", "pro@1"], ["pro@1", "pro@2", "pro@2"]),
        ("before", ["pro@1", "pro@1", "pro@1"], ["pro@1", "pro@2", "pro@2"]),
        ("just before", ["pro@1", "pro@1", "pro@1"], ["pro@1", "pro@2", "pro@2"]),
        ("just then", ["community@0", "pro@2", "pro@2"], ["community@0", "pro@2", "pro@2"]),
        ("after", ["community@0", "community@1", "pro@2"], ["community@0", "community@1", "pro@2"]),
        ("old", ["pro@0", "pro@0", "pro@0"], ["pro@0", "pro@0", "pro@0"]),
        ("numbered", ["pro@1", "pro@1", "pro@1"], ["pro@1", "pro@2", "pro@2"]),
        ("ahead", ["pro@2", "pro@2", "pro@2"], ["pro@2", "pro@2", "pro@2"]),
        (
            "free",
            ["community@0", "community@1", "community@1"],
            ["community@0", "community@1", "community@1"],
        ),
        (
            "ended",
            ["community@0", "community@1", "community@1"],
            ["community@0", "community@1", "community@1"],
        ),
        (
            "nobody",
            ["community@0", "community@1", "community@1"],
            ["community@0", "community@1", "community@1"],
        ),
    ],
)
def test_who_has_which_version_around_the_first_instant(
    subject: str, keep: list[str], at_once: list[str], tmp_path: Path
) -> None:
    clock = FixedClock(START)
    assert had(engine_at(tmp_path / "a", clock), subject) == keep
    assert had(engine_at(tmp_path / "b", clock, "at_once"), subject) == at_once


def test_a_warm_answer_ends_when_the_next_version_starts(tmp_path: Path) -> None:
    clock = FixedClock(START - TICK)
    engine = engine_at(tmp_path, clock, "at_once")
    assert engine.allows("before", "security")
    assert engine.allows("before", "security")
    space = engine.entitlements("before")
    assert (space.valid_until, space.expired) == (START, False)
    clock.set(START)
    assert space.expired
    assert space.allows("security")
    assert not engine.allows("before", "security")
    assert not space.refreshed().allows("security")
    assert engine.check("before", "security").reason == "not_included"
    clock.set(START - TICK)
    assert engine.entitlements("before", at=START - TICK).allows("security")


def test_an_answer_ends_too_where_only_what_unlocks_may_change(
    tmp_path: Path,
) -> None:
    clock = FixedClock(START - TICK)
    engine = engine_at(tmp_path, clock)
    assert engine.entitlements("old").valid_until == START
    assert engine.entitlements("old", at=START).valid_until is None
    paused = engine.check("free", "reports")
    assert (paused.allowed, paused.unlocked_by) == (False, "pro")
    record = SubjectRecord("free", overrides=(removing("reports"),))
    assert not Engine.open(engine.catalog, [record], clock=clock).allows("free", "reports")
    clock.set(START)
    assert engine.allows("free", "reports")


def removing(feature: str) -> Override:
    return Override("legacy", "So it is.", "ops", None, None, remove=feature)


def test_what_unlocks_is_what_is_sold_then(tmp_path: Path) -> None:
    files = folder_with(tmp_path)
    text = (files / "next" / "community.yaml").read_text()
    (files / "next" / "community.yaml").write_text(text.replace("[exports, reports]", "[]"))
    engine = Engine.open(files, clock=FixedClock(START))
    assert engine.entitlements("nobody", at=START - TICK).check("exports").allowed
    denied = engine.entitlements("nobody", at=START).check("exports")
    assert (denied.allowed, denied.unlocked_by) == (False, None)
    reports = [engine.entitlements("nobody", at=at).check("reports").unlocked_by for at in AROUND]
    assert reports == ["pro", None, None]


def test_a_cap_asks_the_plan_that_has_room_then(tmp_path: Path) -> None:
    clock = FixedClock(START)
    files = folder_with(tmp_path)
    for name in ("community.yaml", "next/community.yaml"):
        text = (
            (files / name).read_text().replace('{included: 10, extra: "2.00"}', "{included: 10, hard: true}")
        )
        (files / name).write_text(text)
    engine = Engine.open(files, clock=clock)
    with engine.pretend("team", usage={"users": 40}):
        room = [engine.check("team", "cap.users", at=at).unlocked_by for at in AROUND]
    assert room == ["pro", None, None]


def test_an_explanation_says_since_when_and_in_which_file(tmp_path: Path) -> None:
    engine = engine_at(tmp_path, FixedClock(START))
    told = str(engine.explain("just then", "reports"))
    assert "plan pro@2 (plans/next/pro.yaml:1), sold since 2027-01-01" in told
    assert "plan pro@1 (plans/pro.yaml:1)" in str(engine.explain("before", "reports"))


def test_an_explanation_says_that_an_older_version_is_kept(tmp_path: Path) -> None:
    engine = engine_at(tmp_path, FixedClock(START))
    kept = "kept although pro@2 is sold since 2027-01-01"
    assert kept in str(engine.explain("before", "reports"))
    assert kept in str(engine.explain("old", "cap.users"))
    assert "kept although pro@1 is sold now" in str(engine.explain("old", "reports", at=START - TICK))
    for subject, at in (
        ("before", START - TICK),
        ("just then", START),
        ("free", START),
        ("ahead", AROUND[0]),
    ):
        assert "kept" not in str(engine.explain(subject, "reports", at=at)), subject


def test_the_catalog_of_an_engine_is_the_one_of_now(tmp_path: Path) -> None:
    clock = FixedClock(START - TICK)
    engine = engine_at(tmp_path, clock)
    assert engine.catalog.plan("pro").ref == "pro@1"
    clock.set(START)
    assert engine.catalog.plan("pro").ref == "pro@2"
    assert engine.catalog.digest == engine.status.digest


def test_a_pretended_plan_is_the_one_sold_now(tmp_path: Path) -> None:
    clock = FixedClock(START)
    engine = engine_at(tmp_path, clock)
    with engine.pretend("team", plan="pro") as space:
        assert space.plan.ref == "pro@2"
    with engine.pretend("team", plan="pro@1") as space:
        assert space.plan.ref == "pro@1"
    clock.set(START - TICK)
    with engine.pretend("team", plan="pro") as space:
        assert space.plan.ref == "pro@1"


def test_one_kept_longer_ago_is_not_moved_by_a_later_change_at_once(tmp_path: Path) -> None:
    plans = folder_with(tmp_path)
    first = load_catalog(plans)
    for plan in (first.upcoming["pro"], first.plans["community"]):
        (plans / "published" / f"{plan.ref}.yaml").write_text(record_text(plan))
    working = (plans / "next" / "pro.yaml").read_text()
    (plans / "pro.yaml").write_text(working)
    (plans / "next" / "community.yaml").replace(plans / "community.yaml")
    later = working.replace("version: 2", "version: 3").replace("2027-01-01", "2028-01-01")
    (plans / "next" / "pro.yaml").write_text(later.replace("keep", "at_once"))
    records = [SubjectRecord(name, subscriptions) for name, subscriptions in RECORDS.items()]
    engine = Engine.open(plans, MemorySource(records), clock=FixedClock(START))
    years = [datetime(year, 6, 1, tzinfo=UTC) for year in (2026, 2027, 2028)]
    found = {
        subject: [engine.entitlements(subject, at=at).plan.ref for at in years]
        for subject in ("before", "just then", "numbered", "ahead")
    }
    assert found == {
        "before": ["pro@1", "pro@1", "pro@1"],
        "just then": ["community@0", "pro@2", "pro@3"],
        "numbered": ["pro@1", "pro@1", "pro@1"],
        "ahead": ["pro@2", "pro@2", "pro@3"],
    }
