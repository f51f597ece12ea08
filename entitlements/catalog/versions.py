"""Published versions keep their word: nobody edits their files or takes anything away under their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from entitlements.catalog.build_plans import files_of
from entitlements.catalog.digest import terms_digest, terms_of
from entitlements.catalog.document import Document, Map
from entitlements.catalog.names import Names
from entitlements.model import Amount, CapTerms, Plan
from entitlements.problems import Fix, Mark, Problem, Related

_NONE = CapTerms("none", hard=True)


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
    wrong = {problem.mark.file for problem in names.problems}
    for document in published:
        if document.file not in wrong:
            yield from _edited_by_hand(document.value, recorded)
    for document in working:
        plan = plans.get(document.value["plan"])
        if plan is not None and wrong.isdisjoint(files_of(plan, plans)):
            yield from _narrowed(document.value, plan, recorded)


def _edited_by_hand(given: Map, recorded: Mapping[str, Plan]) -> Iterator[Problem]:
    ref = f"{given['plan']}@{given['version']}"
    digest = terms_digest(recorded[ref])
    if given["digest"] != digest:
        message = f"{ref} was edited by hand: its digest belongs to other terms"
        hint = f'undo the edit; if these are the terms that were sold, write digest: "{digest}"'
        mark = given.value_mark("digest")
        yield Problem("V601", message, mark, hint=hint, fix=Fix(mark, f'"{digest}"', safe=False))


def _narrowed(given: Map, plan: Plan, recorded: Mapping[str, Plan]) -> Iterator[Problem]:
    before = recorded.get(plan.ref)
    lost = list(taken_away(before, plan)) if before is not None else []
    if lost:
        free = 1 + max(other.version for other in recorded.values() if other.key == plan.key)
        message = f"{plan.ref} is published, and this changes it: {'; '.join(words for words, _ in lost)}"
        mark = given.value_mark("version")
        related = tuple(Related(place, f"published: {words}") for words, place in lost)
        hint = f"write version: {free}, so that those who have {plan.ref} keep it"
        yield Problem("V602", message, mark, hint=hint, related=related, fix=Fix(mark, str(free)))


def taken_away(before: Plan, after: Plan) -> Iterator[tuple[str, Mark]]:
    """What of the terms `before` no longer holds, in words, with the line that said it."""
    if after.suspends and not before.suspends:
        yield "it now suspends every feature", before.mark
    for feature in sorted(before.features.keys() - after.features.keys()):
        yield f'feature "{feature}" is taken away', before.features[feature]
    for cap, old in before.caps.items():
        new = after.caps.get(cap, _NONE)
        if gives_less(old, new):
            yield f'cap "{cap}" goes from {cap_words(old)} to {cap_words(new)}', old.mark
        elif old.extra is not None and new.extra is not None and old.extra != new.extra:
            yield f'cap "{cap}" costs {new.extra} for each extra one, not {old.extra}', old.mark
    old_terms, new_terms = terms_of(before), terms_of(after)
    if old_terms["price"] != new_terms["price"]:
        yield f"the price goes from {_price(old_terms['price'])} to {_price(new_terms['price'])}", before.mark
    if before.support != after.support:
        yield f'support goes from "{before.support}" to "{after.support}"', before.mark
    if before.baa != after.baa:
        yield f"the BAA is {'' if after.baa else 'no longer '}offered", before.mark


def added(before: Plan, after: Plan) -> list[str]:
    """What `after` gives beyond the terms `before`, in words."""
    features = [f'feature "{key}" is added' for key in sorted(after.features.keys() - before.features.keys())]
    caps = [
        f'cap "{cap}" goes from {cap_words(old)} to {cap_words(new)}'
        for cap, new in after.caps.items()
        if (old := before.caps.get(cap, _NONE)) and gives_less(new, old)
    ]
    works = ["it no longer suspends every feature"] if before.suspends and not after.suspends else []
    return [*works, *features, *caps]


def gives_less(before: CapTerms, after: CapTerms) -> bool:
    """Whether `after` includes fewer than `before`, or refuses more where `before` only charged."""
    refuses = after.hard and not before.hard and after.included != "unlimited"
    return _rank(after.included) < _rank(before.included) or refuses


def cap_words(terms: CapTerms) -> str:
    """`250`, `5 at most`, `unlimited`, `none`."""
    return f"{terms.included} at most" if terms.hard and terms.included != "none" else str(terms.included)


def _rank(amount: Amount) -> float:
    if isinstance(amount, int):
        return amount
    return float("inf") if amount == "unlimited" else -1


def _price(price: str | Mapping[str, str]) -> str:
    if isinstance(price, str):
        return price.replace("_", " ")
    annual = price.get("annual_total")
    return f"{price['monthly']} a month" + (f", {annual} a year" if annual is not None else "")
