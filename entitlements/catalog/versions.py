"""Published versions keep their word: nobody edits their files or takes anything away under their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from entitlements.amounts import NO_CAP, Amount, CapTerms, Price
from entitlements.catalog.build_next import next_file
from entitlements.catalog.build_plans import files_of
from entitlements.catalog.digest import terms_digest, terms_of
from entitlements.catalog.money import money_said
from entitlements.catalog.names import Names
from entitlements.catalog.reading.document import Document, Map
from entitlements.model import Plan
from entitlements.problems import Fix, Mark, Problem, Related, Replacement

_FEW = 5


def version_problems(
    published: Iterable[Document],
    working: Iterable[Document],
    recorded: Mapping[str, Plan],
    plans: Mapping[str, Plan],
    names: Names,
) -> Iterator[Problem]:
    """What breaks the promise of a published version. `recorded` are the published ones, by reference.

    Files that have another problem are left out: mending that may change all of this.
    """
    wrong = names.wrong_files()
    for document in published:
        if document.file not in wrong:
            found = list(_edited_by_hand(document.value, recorded))
            # Nothing is held against terms that may not be those that were sold.
            wrong.update(problem.mark.file for problem in found)
            yield from found
    files = {
        plan.key: document.value
        for document in working
        if (plan := plans.get(document.value["plan"])) and wrong.isdisjoint(files_of(plan, plans))
    }
    kept = {ref: plan for ref, plan in recorded.items() if plan.mark.file not in wrong}
    yield from _narrowed(files, plans, kept)


def currency_problems(head: Map, published: Iterable[Document]) -> Iterator[Problem]:
    """A catalog whose currency is no longer that of its records: each price would be another one."""
    stated = [document.value for document in published if "currency" in document.value]
    others = [value for value in stated if value["currency"] != head["currency"]]
    if len({value["currency"] for value in stated}) != 1:
        # One record apart from the rest was edited, and the catalog was not.
        for value in others:
            message = f"{_ref(value)} says another currency than the catalog and the other records"
            yield _currency_problem(value, message, head["currency"])
    elif others:
        old = others[0]["currency"]
        more = f" and {len(others) - _FEW} more" if len(others) > _FEW else ""
        refs = ", ".join(map(_ref, others[:_FEW])) + more
        message = (
            f"published versions are priced in {old}, and {head['currency']} would re-price them: {refs}"
        )
        marks = (value.value_mark("currency") for value in others[:_FEW])
        yield _currency_problem(head, message, old, tuple(Related(mark, "recorded here") for mark in marks))


def _currency_problem(at: Map, message: str, currency: str, related: tuple[Related, ...] = ()) -> Problem:
    mark = at.value_mark("currency")
    hint = f"write currency: {currency}; plans in another currency are a catalog of their own"
    return Problem("V610", message, mark, hint=hint, related=related, fix=Fix(mark, currency, safe=False))


def _ref(record: Map) -> str:
    return f"{record['plan']}@{record['version']}"


def _edited_by_hand(given: Map, recorded: Mapping[str, Plan]) -> Iterator[Problem]:
    ref = f"{given['plan']}@{given['version']}"
    digest = terms_digest(recorded[ref])
    if given["digest"] != digest:
        message = f"{ref} was edited by hand: its digest belongs to other terms"
        hint = f'undo the edit; if these are the terms that were sold, write digest: "{digest}"'
        mark = given.value_mark("digest")
        yield Problem("V601", message, mark, hint=hint, fix=Fix(mark, f'"{digest}"', safe=False))


def _narrowed(
    files: Mapping[str, Map], plans: Mapping[str, Plan], recorded: Mapping[str, Plan]
) -> Iterator[Problem]:
    """One problem for each plan file that takes something away; plans that lose with it are named there."""
    losses = {
        key: {loss.what: loss for loss in taken_away(before, plans[key])}
        for key in files
        if (before := recorded.get(plans[key].ref)) is not None
    }
    # Plan whose file takes something away → plan that loses it → what; the first of these is the plan itself.
    lost: dict[str, dict[str, list[Loss]]] = {}
    for key, found in losses.items():
        for what, loss in found.items():
            source = key
            while not _says(files[source], what) and what in losses.get(files[source].get("extends", ""), ()):
                source = files[source]["extends"]
            lost.setdefault(source, {}).setdefault(key, []).append(loss)
    for key, by_plan in lost.items():
        own = by_plan.pop(key)
        yield _narrowing(
            plans[key],
            own,
            [(plans[heir], by_plan[heir]) for heir in sorted(by_plan)],
            files,
            recorded,
            frozenset(lost),
        )


def _narrowing(
    plan: Plan,
    own: list[Loss],
    heirs: list[tuple[Plan, list[Loss]]],
    files: Mapping[str, Map],
    recorded: Mapping[str, Plan],
    told: frozenset[str],
) -> Problem:
    def version(of: Plan) -> Mark:
        return files[of.key].value_mark("version")

    next_of = {of.key: str(_free(of, recorded)) for of in (plan, *(heir for heir, _ in heirs))}
    message = f"{plan.ref} is published, and this changes it: {_words(own)}"
    hint = f"write version: {next_of[plan.key]}"
    if heirs:
        message += f"; with it {', '.join(heir.ref for heir, _ in heirs)} would change"
        hint += f", likewise in {', '.join(f'{heir.key} version: {next_of[heir.key]}' for heir, _ in heirs)}"
    following = f"{plan.key}@{next_of[plan.key]}"
    hint += f". {_who_keeps(plan, following)}"
    related = (
        *(Related(place, f"what {plan.ref} gives") for place in dict.fromkeys(loss.place for loss in own)),
        *(Related(version(heir), f"{heir.ref} would lose too: {_words(its)}") for heir, its in heirs),
    )
    # One that takes something away itself has a problem of its own, with this in its fix.
    also = (Replacement(version(heir), next_of[heir.key]) for heir, _ in heirs if heir.key not in told)
    fix = Fix(version(plan), next_of[plan.key], also=tuple(also))
    return Problem("V602", message, version(plan), hint=hint, related=related, fix=fix)


def _who_keeps(plan: Plan, following: str) -> str:
    """What becomes of subscribers when a working file just gets the next number."""
    return (
        f'Those whose record says {plan.ref} keep it; those whose record says just "{plan.key}" come to '
        f"{following}. To let them keep it too, undo this edit and write {following} into {next_file(plan)} "
        f"with effective_from and existing_subscribers: keep"
    )


def _says(file: Map, what: tuple[str, str]) -> bool:
    """Whether a plan file itself says the thing that is taken away, so that nothing above decides it."""
    field, key = what
    if field == "features":
        return key in (file.get("without") or ())
    if field == "caps":
        return key in (file.get("caps") or ())
    return field in file if field in ("support", "baa") else True


def _free(plan: Plan, recorded: Mapping[str, Plan]) -> int:
    return 1 + max(other.version for other in recorded.values() if other.key == plan.key)


def _words(losses: Iterable[Loss]) -> str:
    return "; ".join(loss.words for loss in losses)


class Loss(NamedTuple):
    """One thing that a version no longer holds."""

    #: Field of the plan file and, of a feature or cap, its key.
    what: tuple[str, str]
    words: str
    #: The line of the record that gave it.
    place: Mark


def taken_away(before: Plan, after: Plan) -> Iterator[Loss]:
    """What of the terms `before` no longer holds."""
    if after.suspends and not before.suspends:
        yield Loss(("suspends", ""), "it now suspends every feature", before.mark)
    for feature in sorted(before.features.keys() - after.features.keys()):
        words = f'feature "{feature}" is taken away'
        yield Loss(("features", feature), words, before.features[feature])
    for cap, old in before.caps.items():
        new = after.caps.get(cap, NO_CAP)
        if gives_less(old, new):
            yield Loss(("caps", cap), f'cap "{cap}" goes from {cap_words(old)} to {cap_words(new)}', old.mark)
        elif old.extra is not None and new.extra is not None and old.extra != new.extra:
            words = f'cap "{cap}" costs {_extra(new)} for each extra one, not {_extra(old)}'
            yield Loss(("caps", cap), words, old.mark)
    old_terms, new_terms = terms_of(before), terms_of(after)
    dates = ("effective_from", "existing_subscribers")
    if any(old_terms.get(field) != new_terms.get(field) for field in dates):
        yield Loss(("effective_from", ""), "it says otherwise since when it is sold and to whom", before.mark)
    if old_terms["price"] != new_terms["price"]:
        words = f"the price goes from {_price(before.price)} to {_price(after.price)}"
        yield Loss(("price", ""), words, before.mark)
    if before.support != after.support:
        words = f'support goes from "{before.support}" to "{after.support}"'
        yield Loss(("support", ""), words, before.mark)
    if before.baa != after.baa:
        yield Loss(("baa", ""), f"the BAA is {'' if after.baa else 'no longer '}offered", before.mark)


def given_up(before: Plan, after: Plan) -> list[str]:
    """What somebody who comes from one version of a plan to another has no longer, in words."""
    return [loss.words for loss in taken_away(before, after) if loss.what[0] != "effective_from"]


def added(before: Plan, after: Plan) -> list[str]:
    """What `after` gives beyond the terms `before`, in words."""
    features = [f'feature "{key}" is added' for key in sorted(after.features.keys() - before.features.keys())]
    caps = [
        f'cap "{cap}" goes from {cap_words(old)} to {cap_words(new)}'
        for cap, new in after.caps.items()
        for old in (before.caps.get(cap, NO_CAP),)
        if gives_less(new, old)
    ]
    works = ["it no longer suspends every feature"] if before.suspends and not after.suspends else []
    return [*works, *features, *caps]


def gives_less(before: CapTerms, after: CapTerms) -> bool:
    """Whether `after` includes fewer than `before`, or refuses more where `before` only charged."""
    refuses = after.hard and not before.hard and after.included != "unlimited"
    return _rank(after.included) < _rank(before.included) or refuses


def cap_words(terms: CapTerms) -> str:
    """`250`, `5 at most`, `unlimited`, `none`."""
    included = f"{terms.included:,}" if isinstance(terms.included, int) else terms.included
    return f"{included} at most" if terms.hard and included != "none" else included


def _rank(amount: Amount) -> float:
    if isinstance(amount, int):
        return amount
    return float("inf") if amount == "unlimited" else -1


def _price(price: Price) -> str:
    if price.monthly is None:
        return "on request"
    if price.free:
        return "free"
    annual = f", or {money_said(price.annual_total)} a year" if price.annual_total is not None else ""
    return f"{money_said(price.monthly)} a month{annual}"


def _extra(terms: CapTerms) -> str:
    return money_said(terms.extra) if isinstance(terms.extra, Decimal) else "by rate"
