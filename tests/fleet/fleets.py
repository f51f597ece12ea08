"""Random fleets: an edit of a random catalog, rows of subjects, and what the engine says of each."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from entitlements import Engine, FixedClock, MemorySource
from entitlements.fleet.outcome import UNITS, Hit
from entitlements.model import Catalog
from entitlements.plugin_manager import load_plugins
from entitlements.source.subjects_file import read_subjects
from entitlements.subject import SubjectRecord
from tests.oracle import worlds
from tests.properties.rich import documents_of, rich_files
from tests.properties.strategies import built

Row = dict[str, Any]
AT = datetime(2026, 1, 4, tzinfo=UTC)
DAYS = [
    "2026-01-01",
    "2026-01-03",
    "2026-01-04",
    "2026-01-05",
    "2026-01-04T00:00:00Z",
    "2026-01-03T22:00:00-02:00",
]
ZONES = ["Africa/Nairobi", "Asia/Kolkata", "America/Bogota"]


class Edit:
    """Two catalogs, of which the second is the first with some terms changed."""

    def __init__(self, number: int) -> None:
        self.rng = Random(number)  # noqa: S311  nothing secret
        data = worlds.random_catalog(self.rng)
        self.data = data
        self.old = self._built(data)
        changed = copy.deepcopy(data)
        for plan in changed["plans"].values():
            if self.rng.random() < 0.6:
                other = worlds.random_plan(self.rng, plan["key"], changed["features"], changed["caps"], [])
                plan |= {
                    key: other[key] for key in plan.keys() & other.keys() - {"key", "version", "extends"}
                }
        self.new = self._built(changed)

    def _built(self, data: Row) -> Catalog:
        files = rich_files(self.rng, data)
        for kind, _, content in files:
            for feature in content["features"].values() if kind == "features" else ():
                feature["checks"] = {}
        return built(documents_of(files, checked=False))

    def rows(self, number: int) -> list[Row]:
        return [self._row(f"space {n}") for n in range(number)]

    def _row(self, subject: str) -> Row:
        rng = self.rng
        row: Row = {"subject": subject}
        if rng.random() < 0.2:
            row["subscriptions"] = [self._period() for _ in range(rng.randint(1, 3))]
        elif rng.random() < 0.9:
            row |= self._period()
        for word in ("baa_signed_on", "baa_ended_on"):
            if rng.random() < 0.3:
                row[word] = rng.choice(DAYS)
        if rng.random() < 0.2:
            row["time_zone"] = rng.choice(ZONES)
        if rng.random() < 0.3:
            row["overrides"] = [self._override() for _ in range(rng.randint(1, 3))]
        if rng.random() < 0.1:
            row["contacts"] = {"admins": ["a@example.org"]}
        keys = [*self.data["features"], *self.data["caps"]]
        row["usage"] = {key: self._use() for key in keys if rng.random() < 0.8}
        return row

    def _use(self) -> Any:
        rng = self.rng
        if rng.random() < 0.7:
            return rng.choice([0, 1, 3, 9, 30, 10**7])
        return rng.choice(["unknown", {"count": "unknown"}, {"count": 5, "exempt": rng.choice([0, 3, 5, 8])}])

    def _period(self) -> Row:
        rng = self.rng
        period: Row = {
            "plan": rng.choice([*self.data["plans"], *self.data["working"], "gratis", "gone", "gone@3"])
        }
        period |= {word: rng.choice(DAYS) for word in ("start", "end") if rng.random() < 0.5}
        if "end" in period and rng.random() < 0.3:
            period["end"] = "never"
        if rng.random() < 0.6:
            period["cadence"] = rng.choice(["monthly", "annual"])
        if rng.random() < 0.4:
            period["kind"] = rng.choice(["product", "bundle", "pro_bono", "developer", "trial"])
        held: list[Any] = worlds.some(rng, [*self.data["add_ons"], "gone"], 0.4)
        if held and rng.random() < 0.3:
            held[0] = {"add_on": held[0], "start": rng.choice(DAYS), "end": rng.choice([*DAYS, "never"])}
        if held:
            period["add_ons"] = held
        return period

    def _override(self) -> Row:
        rng = self.rng
        feature, cap = rng.choice(list(self.data["features"])), rng.choice(self.data["caps"])
        what = rng.choice(
            [
                {"give": feature},
                {"remove": feature},
                {"cap": cap, "set": rng.choice([0, 4, 10, "unlimited", "none"])},
                {"cap": cap, "at_least": rng.choice([0, 4, 30, "unlimited"])},
                {"support": rng.choice(list(self.old.support_levels))},
            ]
        )
        times = {"start": rng.choice(DAYS), "end": rng.choice([*DAYS, "never"])}
        return {"kind": "pro_bono", "because": f"ticket {rng.random()}: so", "by": "ops", **times, **what}


def write_yaml(path: Path, rows: list[Row]) -> Path:
    path.write_text("".join(f"- {json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def write_lines(path: Path, rows: list[Row]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def write_parquet(path: Path, rows: list[Row], *, flat: bool = False, per_group: int = 40) -> Path:
    """As documented: nested words as lists of structs, usage as counts with what is exempt of them."""
    text, moments = pa.string(), {word: pa.string() for word in ("start", "end")}
    add_on = pa.list_(pa.struct({"add_on": text, **moments}))
    period = {"plan": text, **moments, "cadence": text, "kind": text, "add_ons": add_on}
    words = ("kind", "because", "by", "start", "end", "give", "remove", "cap", "set", "at_least", "support")
    count = pa.struct({"count": pa.int64(), "exempt": pa.int32()})
    keys = sorted({key for row in rows for key in row["usage"]})
    schema = {
        "subject": text,
        **period,
        "subscriptions": pa.list_(pa.struct(period)),
        "overrides": pa.list_(pa.struct(dict.fromkeys(words, text))),
        "baa_signed_on": text,
        "baa_ended_on": text,
        "time_zone": text,
    }
    made = [_as_columns(row) for row in rows]
    if flat:
        schema |= {f"usage.{key}": count for key in keys}
        made = [{**row, **{f"usage.{key}": use for key, use in row["usage"].items()}} for row in made]
    else:
        schema["usage"] = pa.struct(dict.fromkeys(keys, count))
    pq.write_table(pa.Table.from_pylist(made, pa.schema(schema)), path, row_group_size=per_group)
    return path


def _as_columns(row: Row) -> Row:
    made = {**row, "usage": {key: _as_count(use) for key, use in row["usage"].items()}}
    for period in (made, *made.get("subscriptions", ())):
        if "add_ons" in period:
            held = [{"add_on": item} if isinstance(item, str) else item for item in period["add_ons"]]
            period["add_ons"] = held
    made["overrides"] = [
        {key: str(value) for key, value in item.items()} for item in row.get("overrides", ())
    ]
    return made


def _as_count(use: Any) -> Row:
    if isinstance(use, int):
        return {"count": use}
    if use == "unknown" or use["count"] == "unknown":
        return {"count": None}
    return dict(use)


def by_the_engine(edit: Edit, path: Path, at: datetime = AT) -> Iterator[tuple[str, set[Hit], Fraction]]:
    """Each subject with what happens to it, as two engines tell it, and how much more it pays a month."""
    records = read_subjects(path, time_zone=edit.new.time_zone).records
    plugins = load_plugins([], entry_points=False)
    engines = [
        Engine.open(catalog, MemorySource(records), plugins, clock=FixedClock(at), on_unknown="deny")
        for catalog in (edit.old, edit.new)
    ]
    for record in records:
        yield _told(edit, record, [engine.entitlements(record.subject) for engine in engines])


def _told(edit: Edit, record: SubjectRecord, spaces: list[Any]) -> tuple[str, set[Hit], Fraction]:
    more = _more_a_month(edit, spaces)
    hits = {*_features(record, spaces), *_caps(edit, spaces), *_others(edit, spaces)}
    if more:
        hits.add(Hit("bill_rises" if more > 0 else "bill_falls"))
    if more is None:
        hits.add(Hit("bill_unknown"))
    return record.subject, hits, (more or Fraction(0)) * UNITS


def _features(record: SubjectRecord, spaces: list[Any]) -> Iterator[Hit]:
    had, has = (
        set() if space.plan.suspends else space._has.included.keys() - space._has.removed.keys()
        for space in spaces
    )
    for feature in has - had:
        yield Hit("feature_gained", feature)
    for feature in had - has:
        use = record.usage.get(feature)
        if use is None or use.count is None:
            yield Hit("feature_lost_use_unknown", feature)
        elif use.count > use.exempt:
            yield Hit("feature_lost_in_use", feature)


def _caps(edit: Edit, spaces: list[Any]) -> Iterator[Hit]:
    for cap in edit.new.caps:
        before, after = (space.cap(cap) for space in spaces)
        if _number(after.included) > _number(before.included):
            yield Hit("cap_raised", cap)
        if before.used is None and _number(after.included) < _number(before.included):
            yield Hit("cap_lowered_use_unknown", cap)
        elif before.used is not None and after.over and not before.over:
            yield Hit("cap_exceeded", cap)


def _more_a_month(edit: Edit, spaces: list[Any]) -> Fraction | None:
    old = spaces[0]
    paid = [_price(side, space) for side, space in zip((edit.old, edit.new), spaces, strict=True)]
    covered = old.subscription is not None and old.subscription.kind != "product"
    steps = [] if covered or paid[0] == paid[1] else [[_sum(*one) for one in paid]]
    for cap in edit.new.caps:
        allowances = [space.cap(cap) for space in spaces]
        rates = [
            None
            if "unlimited" in (one.included, one.extra_price or "unlimited")
            else (_number(one.included), one.extra_price)
            for one in allowances
        ]
        if rates[0] != rates[1]:
            steps.append([_charge(one) for one in allowances])
    if any(None in step for step in steps):
        return None
    return sum((Fraction(after) - Fraction(before) for before, after in steps), Fraction(0))


def _others(edit: Edit, spaces: list[Any]) -> Iterator[Hit]:
    levels = [space.support.key for space in spaces]
    if levels[0] != levels[1]:
        ranks = {**edit.old.support_levels, **edit.new.support_levels}
        up = ranks[levels[1]].rank > ranks[levels[0]].rank
        yield Hit("support_raised" if up else "support_lowered", None, *levels)
    words = ["offered" if space.baa.offered else "not_offered" for space in spaces]
    if words == ["not_offered", "offered"]:
        yield Hit("baa_offered", None, *words)
    elif words == ["offered", "not_offered"]:
        yield Hit("baa_lost_in_force" if spaces[0].baa.in_force else "baa_lost", None, *words)


def _number(amount: Any) -> float:
    return {"unlimited": float("inf"), "none": 0.0}[amount] if isinstance(amount, str) else float(amount)


def _charge(allowance: Any) -> Any:
    if allowance.included != "unlimited" and allowance.used is None and allowance.extra_price is not None:
        return None
    return 0 if allowance.hard or not allowance.over else allowance.monthly_charge


def _price(catalog: Catalog, space: Any) -> tuple[list[Any], bool]:
    held = space.subscription
    keys = {
        one.key
        for one in (held.add_ons if held else ())
        if one.key in catalog.add_ons
        and (one.start is None or one.start <= AT)
        and (one.end is None or one.end > AT)
    }
    annual = held is not None and held.cadence == "annual"
    return [space.plan.price, *(catalog.add_ons[key].price for key in sorted(keys))], annual


def _sum(prices: list[Any], annual: bool) -> Any:
    if any(price.monthly is None for price in prices):
        return None
    years = [price.annual_total if annual else None for price in prices]
    pairs = zip(prices, years, strict=True)
    return sum(
        (Fraction(y) / 12 if y is not None else Fraction(p.monthly or Decimal(0)) for p, y in pairs),
        Fraction(0),
    )
