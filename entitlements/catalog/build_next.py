"""The versions that wait in `next/`: built on what will be sold when they start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import NamedTuple

from entitlements.catalog.build_plans import maps_by_plan, resolve_plan
from entitlements.catalog.dates import read_dates
from entitlements.catalog.names import Names
from entitlements.catalog.reading.document import Document, Map
from entitlements.model import Plan


class Next(NamedTuple):
    """A version to come, and all plans by key as the files have them from its first instant on."""

    plan: Plan
    plans: Mapping[str, Plan]


def next_file(plan: Plan) -> str:
    """Where the next version of `plan` waits, or would."""
    home = PurePosixPath(plan.mark.file).parent
    return str((home if home.name == "next" else home / "next") / f"{plan.key}.yaml")


def build_next(documents: Iterable[Document], plans: Mapping[str, Plan], names: Names) -> dict[str, Next]:
    """The next version of each plan that has one and whose file can be used.

    It inherits from the next version of the plan it extends if that has started by then, else from the
    working file.
    """
    given = {
        key: value
        for key, value in maps_by_plan(documents).items()
        if names.refer("plan", key, value.value_mark("plan"), "this is the next version of the")
    }
    found: dict[str, Next] = {}
    sold = dict(plans)
    for together in _by_start(given, names):
        around = {key: plan for key, plan in sold.items() if key not in together}
        broken: set[str] = set()
        for key in together:
            resolve_plan(key, together, around, broken, names)
        found.update({key: Next(around[key], around) for key in together if key in around})
        sold = {**sold, **around}
    return found


def _by_start(given: Mapping[str, Map], names: Names) -> list[dict[str, Map]]:
    """What starts at one instant together, the earliest first; a file without a sound date comes last."""
    # What is wrong with a date is said when the plan is built.
    silent = Names(time_zone=names.time_zone)
    starts: dict[datetime, dict[str, Map]] = {}
    for key in sorted(given):
        instant = read_dates(given[key], silent).get("effective_from")
        starts.setdefault(instant or datetime.max.replace(tzinfo=UTC), {})[key] = given[key]
    return [starts[instant] for instant in sorted(starts)]


def successions(
    plans: Mapping[str, Plan], recorded: Iterable[Plan], upcoming: Mapping[str, Plan]
) -> dict[str, tuple[Plan, ...]]:
    """Plan → the versions sold one after the other, where a file says since when; see `succession`."""
    records: dict[str, list[Plan]] = {}
    for record in sorted(recorded, key=lambda plan: plan.version):
        records.setdefault(record.key, []).append(record)
    found = {}
    for key, working in plans.items():
        chain = [working]
        for record in reversed(records.get(key, [])):
            if chain[0].effective_from is None:
                break
            if record.version < chain[0].version:
                chain.insert(0, record)
        chain += [upcoming[key]] if key in upcoming else []
        if len(chain) > 1:
            found[key] = tuple(chain)
    return found
