"""What plans lose through `extends` on the day when a version in `next/` becomes the working file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from entitlements.catalog.build_next import Next, next_file
from entitlements.catalog.build_plans import files_of, maps_by_plan, resolve_plan
from entitlements.catalog.digest import terms_of
from entitlements.catalog.names import Names
from entitlements.catalog.reading.document import Document, Map
from entitlements.catalog.reading.written import flow_text
from entitlements.catalog.versions import Loss, taken_away
from entitlements.clock import day_words
from entitlements.model import Plan
from entitlements.problems import Problem, Related


def heir_problems(
    waiting: Iterable[Document],
    working: Iterable[Document],
    coming: Mapping[str, Next],
    plans: Mapping[str, Plan],
    recorded: Mapping[str, Plan],
    names: Names,
) -> Iterator[Problem]:
    """One problem for each version in `next/` that takes something from a published version that extends it.

    That one's file stays as it is on that day, so what it inherits would change under its number. Files that
    have another problem are left out.
    """
    wrong = names.wrong_files()
    files, sold, promised = maps_by_plan(working), dict(plans), dict(recorded)
    for start, together in _by_start(waiting, coming):
        files = {**files, **together}
        then = _built(files, names)
        sold.update({key: coming[key].plan for key in together})
        promised.update({sold[key].ref: sold[key] for key in together})
        lost: dict[str, list[tuple[Plan, list[Loss]]]] = {}
        for key, before in sorted(sold.items()):
            after = then.get(key)
            # A version that is not published promised nothing to anybody.
            if after is None or before.ref not in promised:
                continue
            source = _source(after, then, together)
            losses = list(_new_losses(promised[before.ref], before, after)) if source else []
            if source and losses and wrong.isdisjoint(files_of(after, then)):
                lost.setdefault(source, []).append((before, losses))
        for key, heirs in sorted(lost.items()):
            day = day_words(start, names.time_zone)
            yield _losing(coming[key].plan, together[key], heirs, together, day)
        sold = then


def _by_start(
    waiting: Iterable[Document], coming: Mapping[str, Next]
) -> list[tuple[datetime, dict[str, Map]]]:
    """The files that become working files at one instant, by plan; the earliest first."""
    starts: dict[datetime, dict[str, Map]] = {}
    for key, given in maps_by_plan(waiting).items():
        start = coming[key].plan.effective_from if key in coming else None
        if start is not None:
            starts.setdefault(start, {})[key] = given
    return sorted(starts.items(), key=lambda pair: pair[0])


def _built(files: Mapping[str, Map], names: Names) -> dict[str, Plan]:
    """All plans as these files have them; what is wrong with a file is said elsewhere."""
    silent = Names(places=names.places, unsure=names.unsure, time_zone=names.time_zone)
    plans: dict[str, Plan] = {}
    broken: set[str] = set()
    for key in files:
        resolve_plan(key, files, plans, broken, silent)
    return plans


def _source(plan: Plan, plans: Mapping[str, Plan], together: Mapping[str, Map]) -> str | None:
    """The nearest plan above `plan` that gets its next version."""
    above = plan.extends
    while above is not None and above not in together:
        above = plans[above].extends if above in plans else None
    return above


def _new_losses(promised: Plan, before: Plan, after: Plan) -> Iterator[Loss]:
    """What `after` takes from the published terms and `before` did not yet."""
    known = {loss.what for loss in taken_away(promised, before)}
    return (loss for loss in taken_away(promised, after) if loss.what not in known)


def _losing(
    following: Plan, given: Map, heirs: list[tuple[Plan, list[Loss]]], together: Mapping[str, Map], day: str
) -> Problem:
    whose = "; ".join(f"{heir.ref}: {', '.join(loss.words for loss in losses)}" for heir, losses in heirs)
    message = (
        f"on {day} {following.ref} would take something away from versions that extend "
        f"{following.key} and keep their number: {whose}"
    )
    kept = "; ".join(f"in {heir.mark.file} add {_kept(heir, losses)}" for heir, losses in heirs)
    hint = f"to let them keep it, {kept}"
    if others := [heir for heir, _ in heirs if heir.key not in together]:
        hint += f"; to let them change too, write {' and '.join(map(next_file, others))}"
        hint += f" with effective_from: {day}"
    related = tuple(Related(heir.mark, f"{heir.ref} as it is sold until then") for heir, _ in heirs)
    return Problem("V609", message, given.value_mark("effective_from"), hint=hint, related=related)


def _kept(plan: Plan, losses: list[Loss]) -> str:
    """What its file has to say itself so that `plan` keeps what it has: `exports to features`."""
    terms = terms_of(plan)
    words = []
    for field, key in (loss.what for loss in losses):
        if field == "features":
            words.append(f"{flow_text(key)} to features")
        elif field == "caps":
            words.append(f"{flow_text({key: terms[field][key]})[1:-1]} to caps")
        else:
            words.append(f"{field}: {terms[field]}")
    return ", ".join(words)
