"""Asks engine and oracle the same and tells the first difference, in a world made small."""

from __future__ import annotations

import copy
import pprint
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from tests.oracle import worlds
from tests.oracle.engines import Host, answer_of, cap_answer_of, record_of
from tests.oracle.oracle import decide, decide_cap

Data = dict[str, Any]
#: What is compared, the oracle's answer, the engine's.
Pair = tuple[str, Any, Any]
#: How many records are asked about with one catalog, and at how many instants.
RECORDS = 6
INSTANTS = 3


def first_difference(seed: int, wanted: int, folder: Path | None = None) -> tuple[str | None, int]:
    """What engine and oracle disagree on first, and how many worlds were compared; `wanted` at most.

    One world is one catalog with its checkers, record, question and instant. With a `folder`, every twelfth
    catalog is written there and loaded.
    """
    rng = Random(seed)  # noqa: S311  nothing secret
    compared = number = 0
    while compared < wanted:
        catalog = worlds.random_catalog(rng)
        checkers = worlds.random_checkers(rng, catalog)
        host = Host(catalog, checkers, folder / str(number) if folder and number % 12 == 0 else None)
        number += 1
        for world, question in questions(rng, catalog, checkers, host):
            compared += 1
            difference = difference_in(host, world, question, thorough=compared % 4 == 0)
            if difference is not None:
                return report(world, question, difference), compared
    return None, compared


def questions(rng: Random, catalog: Data, checkers: Data, host: Host) -> Iterator[tuple[Data, Data]]:
    """Pairs of world and question, all to one host: its clock goes on, so that kept answers end."""
    records = {f"subject-{number}": worlds.random_record(rng, catalog) for number in range(RECORDS)}
    for subject, record in records.items():
        host.source.put(record_of(subject, with_short_names(rng, catalog, record)))
    for now in sorted(rng.sample(worlds.INSTANTS, INSTANTS)):
        host.clock.set(now)
        for subject, record in records.items():
            at = rng.choice(worlds.INSTANTS) if rng.random() < 0.25 else None
            world = {
                "catalog": catalog,
                "checkers": checkers,
                "record": record,
                "at": at or now,
                "context": worlds.random_context(rng),
            }
            for feature in [*catalog["features"], *worlds.some(rng, [worlds.UNKNOWN], 0.1)]:
                yield world, {"subject": subject, "at": at, "feature": feature}
            for cap in catalog["caps"]:
                yield world, {"subject": subject, "at": at, "cap": cap, "adding": rng.choice([1, 1, 2, 3, 7])}


def with_short_names(rng: Random, catalog: Data, record: Data) -> Data:
    """The record, some of its plans called by key or alias instead of by the version these stand for."""
    short = {key: [key] for key in catalog["working"]}
    for alias, key in catalog["aliases"].items():
        short[key].append(alias)
    subscriptions = [
        {**s, "written": rng.choice(short[catalog["plans"][s["plan"]]["key"]])} if s["bare"] else s
        for s in record["subscriptions"]
    ]
    return {**record, "subscriptions": subscriptions}


def difference_in(host: Host, world: Data, question: Data, *, thorough: bool) -> str | None:
    """What engine and oracle disagree on, in words; None if they agree."""
    pairs = cap_pairs if "cap" in question else feature_pairs
    for what, expected, found in pairs(host, world, question, thorough=thorough):
        if expected != found:
            return f"{what}\n  oracle: {expected}\n  engine: {found}"
    return None


def feature_pairs(host: Host, world: Data, question: Data, *, thorough: bool) -> Iterator[Pair]:
    subject, at, feature, context = question["subject"], question["at"], question["feature"], world["context"]
    expected = decide(world, feature)
    yield "check", expected, answer_of(host.engine.check(subject, feature, at=at, **context))
    yield "allows", expected.allowed, host.engine.allows(subject, feature, at=at, **context)
    if thorough:
        space = host.engine.entitlements(subject, at=at)
        yield "space.allows", expected.allowed, space.allows(feature, **context)
        yield "explain", expected, answer_of(space.explain(feature, **context).decision)
        without = {**world, "context": {}}
        usable = frozenset(key for key in world["catalog"]["features"] if decide(without, key).allowed)
        yield "allowed()", usable, space.allowed()


def cap_pairs(host: Host, world: Data, question: Data, *, thorough: bool) -> Iterator[Pair]:
    subject, at, cap, adding = question["subject"], question["at"], question["cap"], question["adding"]
    space = host.engine.entitlements(subject, at=at)
    allowance = space.cap(cap)
    expected = decide_cap(world, cap, adding)
    found = host.engine.check(subject, f"cap.{cap}", at=at, adding=adding)
    yield "check cap", expected, cap_answer_of(found, allowance.included)
    if thorough:
        yield "room_for", found, allowance.room_for(adding)
        yield "explain cap", found, space.explain(f"cap.{cap}", adding=adding).decision


def report(world: Data, question: Data, difference: str) -> str:
    """The difference in the smallest world that still shows it when asked afresh."""
    small, shown = smallest(world, question), difference_afresh(world, question)
    if shown is None:
        shown, small = f"{difference}\n  (only after earlier questions)", world
    else:
        shown = difference_afresh(small, question) or shown
    return f"{shown}\nasked: {question}\nof the world\n{pprint.pformat(small, width=110, compact=True)}"


def difference_afresh(world: Data, question: Data) -> str | None:
    try:
        host = Host(world["catalog"], world["checkers"])
    except Exception:  # noqa: BLE001  a world made too small to be a catalog
        return None
    host.clock.set(world["at"])
    host.source.put(record_of(question["subject"], world["record"]))
    try:
        return difference_in(host, world, question, thorough=True)
    except Exception as error:  # noqa: BLE001  an engine that raises differs as well
        return f"the engine raised {error!r}"


def smallest(world: Data, question: Data) -> Data:
    """Takes one thing after the other away, as long as the difference stays."""
    again = True
    while again:
        again = False
        for smaller in smaller_worlds(world, question):
            if difference_afresh(smaller, question) is not None:
                world, again = smaller, True
                break
    return world


def smaller_worlds(world: Data, question: Data) -> Iterator[Data]:
    """The world without one checker, one feature, one entry of the record, one thing in the context."""
    for name in world["checkers"]:
        smaller = copy.deepcopy(world)
        del smaller["checkers"][name]
        for feature in smaller["catalog"]["features"].values():
            feature["checks"].pop(name, None)
        yield smaller
    for feature in world["catalog"]["features"]:
        if feature != question.get("feature") and len(world["catalog"]["features"]) > 1:
            yield without_feature(world, feature)
    for part in ("subscriptions", "overrides"):
        for place in range(len(world["record"][part])):
            smaller = copy.deepcopy(world)
            del smaller["record"][part][place]
            yield smaller
    for key in world["context"]:
        yield {**world, "context": {k: v for k, v in world["context"].items() if k != key}}
    for key in world["record"]["usage"]:
        smaller = copy.deepcopy(world)
        del smaller["record"]["usage"][key]
        yield smaller


def without_feature(world: Data, key: str) -> Data:
    smaller = copy.deepcopy(world)
    catalog = smaller["catalog"]
    del catalog["features"][key]
    for holder in (*catalog["plans"].values(), *catalog["add_ons"].values(), *smaller["checkers"].values()):
        holder["features"] = [feature for feature in holder["features"] if feature != key]
    for feature in catalog["features"].values():
        feature["requires"] = [needed for needed in feature["requires"] if needed != key]
    for checker in smaller["checkers"].values():
        checker["verdicts"] = {
            pair: verdict for pair, verdict in checker["verdicts"].items() if pair[0] != key
        }
    smaller["record"]["overrides"] = [
        o for o in smaller["record"]["overrides"] if key not in (o.get("give"), o.get("remove"))
    ]
    return smaller
