"""Where the plan files state what a catalog's things are made of: field → its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from entitlements.catalog.load import Reading
from entitlements.model import Catalog, Plan
from entitlements.problems import Mark

Places = Mapping[str, Mark]
#: What a plan takes over from the one it extends, where it does not say it itself.
_INHERITED = ("support", "baa")
_WORDS = ("title",)
#: What a plan is made of that has lines of its own.
_PARTS = ("plan", "caps", "features", "without")


def plan_places(reading: Reading, catalog: Catalog, plan: Plan, lang: str | None) -> Places:
    """Of a plan version: its own fields, what it inherits, and what other files say of it.

    Beside fields there are `version.REF`, `alias.WORD`, `add_on.KEY`, `without.FEATURE`, `ladder`,
    `minimum_term.CADENCE`, `trial`, `default_plan` and `after_end`.
    """
    working = {value["plan"]: value for value in _values(reading, "plan")}
    whole = {value.lines.file: value for kind in ("plan", "next") for value in _values(reading, kind)}
    recorded = {value.lines.file: value for value in _values(reading, "published")}
    own = (whole | recorded).get(plan.mark.file)
    found = {field: mark for field, mark in _fields(own) if field not in _PARTS}
    if plan.mark.file in recorded:
        # A record holds terms only; people see it under the words of the working file.
        found |= {field: mark for field, mark in _fields(working.get(plan.key)) if field in _WORDS}
    found |= _translations(reading, f"plan.{plan.key}", lang)
    above = own
    while above is not None:
        found |= {f: m for f, m in _fields(above) if f in _INHERITED and f not in found}
        above = working.get(above.get("extends", ""))
    found |= {f"without.{key}": mark for key, mark in _items((own or {}).get("without"))}
    found |= {
        f"version.{other.ref}": other.mark for other in catalog.versions.values() if other.key == plan.key
    }
    for value in _values(reading, "add-ons"):
        for key, given in value["add_ons"].items():
            found |= {f"add_on.{key}": m for word, m in _items(given["sold_with"]) if word == plan.key}
    return found | dict(_said_by_the_catalog(reading, plan))


def feature_places(reading: Reading, key: str, lang: str | None) -> Places:
    """Of a feature; its group is stated once for all features of the file."""
    for value in _values(reading, "features"):
        if key in value["features"]:
            group = {"group": value["group"].key_mark("key")} if "group" in value else {}
            own = value["features"][key]
            needed = {f"requires.{other}": mark for other, mark in _items(own.get("requires"))}
            return {**dict(_fields(own)), **group, **needed, **_translations(reading, f"feature.{key}", lang)}
    return {}


def cap_places(reading: Reading, key: str, lang: str | None) -> Places:
    """Of a cap."""
    for value in _values(reading, "catalog"):
        return {**dict(_fields(value["caps"][key])), **_translations(reading, f"cap.{key}", lang)}
    return {}


def add_on_places(reading: Reading, key: str, lang: str | None) -> Places:
    """Of an add-on; `sold_with.PLAN` is the line of each plan it is sold with."""
    for value in _values(reading, "add-ons"):
        if key in value["add_ons"]:
            own = value["add_ons"][key]
            sold = {f"sold_with.{plan}": mark for plan, mark in _items(own["sold_with"])}
            return {**dict(_fields(own)), **sold, **_translations(reading, f"add_on.{key}", lang)}
    return {}


def _said_by_the_catalog(reading: Reading, plan: Plan) -> Iterator[tuple[str, Mark]]:
    for head in _values(reading, "catalog"):
        aliases: Any = head.get("aliases") or {}
        for word, key in aliases.items():
            if key == plan.key:
                yield f"alias.{word}", aliases.key_mark(word)
        yield from (("ladder", mark) for key, mark in _items(head["ladder"]) if key == plan.key)
        yield from ((f, head.key_mark(f)) for f in ("default_plan", "after_end") if head[f] == plan.key)
        least = _fields(head.get("minimum_term")) if plan.price.monthly else ()
        yield from ((f"minimum_term.{cadence}", mark) for cadence, mark in least if cadence != "exempt")
        trial: Any = (head.get("terms") or {}).get("trial") or {}
        if trial.get("plan") == plan.key and "days" in trial:
            yield "trial", trial.key_mark("days")


def _translations(reading: Reading, about: str, lang: str | None) -> dict[str, Mark]:
    """Title and description, where they come from a file of `lang/`."""
    found: dict[str, Mark] = {}
    for name in dict.fromkeys((lang.partition("-")[0], lang)) if lang else ():
        for value in _values(reading, "lang"):
            if value["lang"] == name:
                texts = value["texts"]
                fields = ("title", "description")
                found |= {f: texts.key_mark(f"{about}.{f}") for f in fields if f"{about}.{f}" in texts}
    return found


def _values(reading: Reading, kind: str) -> Iterable[Any]:
    return [document.value for document in reading.of_kind(kind)]


def _fields(value: Any) -> Iterator[tuple[str, Mark]]:
    yield from ((field, value.key_mark(field)) for field in value or ())


def _items(listed: Any) -> Iterator[tuple[str, Mark]]:
    yield from ((item, listed.item_mark(number)) for number, item in enumerate(listed or ()))
