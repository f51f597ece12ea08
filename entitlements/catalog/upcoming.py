"""What is wrong with dated versions: those that wait in `next/`, and working files that started."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from entitlements.catalog.build_next import Next, next_file
from entitlements.catalog.build_plans import files_of
from entitlements.catalog.names import Names
from entitlements.catalog.reading.document import Document, Map
from entitlements.catalog.versions import given_up
from entitlements.clock import day_words
from entitlements.model import Catalog, Plan
from entitlements.problems import Fix, Problem, Related
from entitlements.succession import sold_at


def upcoming_problems(
    waiting: Iterable[Document],
    working: Iterable[Document],
    coming: Mapping[str, Next],
    plans: Mapping[str, Plan],
    recorded: Mapping[str, Plan],
    names: Names,
) -> Iterator[Problem]:
    """Problems of the files in `next/` and of dated working files; one with another problem is left out."""
    wrong = names.wrong_files()
    for document in waiting:
        given: Any = document.value
        following, now = coming.get(given["plan"]), plans.get(given["plan"])
        if following is None or now is None or following.plan.mark.file != document.file:
            continue
        if wrong.isdisjoint((*files_of(following.plan, following.plans), now.mark.file)):
            yield from _of_next(given, following.plan, now, recorded, names.time_zone)
    for document in working:
        given = document.value
        plan = plans.get(given["plan"])
        if "effective_from" in given and plan is not None and wrong.isdisjoint(files_of(plan, plans)):
            yield from _of_working(given, plan, recorded, names.time_zone)


def started(catalog: Catalog, waiting: Iterable[Document], at: datetime) -> Iterator[Problem]:
    """Advice on the versions in `next/` that are sold at `at`."""
    for document in waiting:
        given: Any = document.value
        plan = catalog.upcoming[given["plan"]]
        if plan.effective_from is not None and plan.effective_from <= at:
            since = day_words(plan.effective_from, catalog.time_zone)
            message = f"{plan.ref} is sold since {since}, but its file still waits in next/"
            if lost := given_up(catalog.plans[plan.key], plan):
                message += f"; {whom_it_moves(plan)}: {'; '.join(lost)}"
            mark, hint = given.value_mark("effective_from"), f"run `entitlements publish {plan.key}`"
            hint += ", or write a later date if that is not meant" if lost else ""
            related = (Related(catalog.plans[plan.key].mark, "what is not sold any more"),)
            yield Problem("V606", message, mark, "warning", hint, related)


def too_early(
    catalog: Catalog, working: Iterable[Document], published: Iterable[Document], at: datetime
) -> Iterator[Problem]:
    """Working files of versions that are sold only after `at`, while another one is until then.

    One that is recorded is left alone: it was published for that day.
    """
    recorded = {f"{document.value['plan']}@{document.value['version']}" for document in published}
    for document in working:
        given: Any = document.value
        plan = catalog.plans[given["plan"]]
        before = sold_at(catalog.successions.get(plan.key, (plan,)), at)
        if plan.effective_from is None or plan.effective_from <= at or before is plan or plan.ref in recorded:
            continue
        day, place = day_words(plan.effective_from, catalog.time_zone), next_file(plan)
        message = f"{plan.ref} is sold from {day} on, but this is the file of what is sold now"
        hint = f"put {before.ref} back here, which is sold until then, and "
        if plan.key in catalog.upcoming:
            hint += f"decide which version waits in {place}: only one can"
        else:
            hint += f"write {plan.ref} into {place}, where a version waits for its day"
        related = (Related(before.mark, f"what {before.ref} gives"),)
        yield Problem("V611", message, given.value_mark("effective_from"), hint=hint, related=related)


def whom_it_moves(plan: Plan) -> str:
    """For whom a version counts from its day on."""
    if plan.existing_subscribers == "at_once":
        return f"since then it counts for everybody on {plan.key}"
    return f"it counts for whoever subscribed to {plan.key} since then"


def _of_next(
    given: Map, plan: Plan, now: Plan, recorded: Mapping[str, Plan], time_zone: str
) -> Iterator[Problem]:
    known = [now, *(other for other in recorded.values() if other.key == plan.key)]
    newest = max(known, key=lambda other: other.version)
    if plan.version <= newest.version:
        mark, free = given.value_mark("version"), str(newest.version + 1)
        message = f"the next version of {plan.key} has the number {plan.version}, but there is {newest.ref}"
        related = (Related(newest.mark, f"{newest.ref}"),)
        hint = f"write version: {free}"
        yield Problem("V603", message, mark, hint=hint, related=related, fix=Fix(mark, free))
    if given["existing_subscribers"] == "keep" and now.ref not in recorded:
        mark = given.value_mark("existing_subscribers")
        message = f"those who have {now.ref} keep it, but {now.ref} is not published"
        related = (Related(now.mark, f"{now.ref}, as it is sold now"),)
        yield Problem("V605", message, mark, hint=f"run `entitlements publish {now.key}`", related=related)
    yield from _not_later(given, plan, now, time_zone)


def _of_working(given: Map, plan: Plan, recorded: Mapping[str, Plan], time_zone: str) -> Iterator[Problem]:
    before = [other for other in recorded.values() if other.key == plan.key and other.version < plan.version]
    if before:
        yield from _not_later(given, plan, max(before, key=lambda other: other.version), time_zone)
        return
    message = f"{plan.ref} says since when it is sold, but no earlier version of {plan.key} is published"
    hint = "take `effective_from` and `existing_subscribers` away, or put back the record before it"
    yield Problem("V607", message, given.value_mark("effective_from"), hint=hint)


def _not_later(given: Map, plan: Plan, before: Plan, time_zone: str) -> Iterator[Problem]:
    """A version that does not start after the one before it."""
    if before.effective_from is None or plan.effective_from is None:
        return
    if plan.effective_from <= before.effective_from:
        message = f"{plan.ref} does not start after {before.ref}, the version before it"
        starts = day_words(before.effective_from, time_zone)
        related = (Related(before.mark, f"{before.ref} starts on {starts}"),)
        hint = "write a later date"
        yield Problem("V608", message, given.value_mark("effective_from"), hint=hint, related=related)
