"""Plans and add-ons: inheritance resolved, every reference checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from entitlements.amounts import FREE, NO_CAP, ON_REQUEST, CapRaise, CapTerms, Price
from entitlements.catalog.dates import read_dates
from entitlements.catalog.money import decimal_of, money_text
from entitlements.catalog.names import Names
from entitlements.catalog.reading.document import Document, Map
from entitlements.model import AddOn, Plan
from entitlements.problems import Mark, Problem, Related

_MONTHS_AT_LEAST = 6
#: Decimals of what is invoiced, and of the price of one unit.
_DECIMALS, _UNIT_DECIMALS = 2, 4
#: What the schemas allow in quotes ends here too.
_TOO_MUCH = 10**12


def build_plans(documents: list[Document], names: Names) -> dict[str, Plan]:
    """The plans of the working files, by key; those that inherit from a file with problems are left out."""
    given = maps_by_plan(documents)
    plans: dict[str, Plan] = {}
    broken: set[str] = set()
    for key in given:
        resolve_plan(key, given, plans, broken, names)
    return plans


def maps_by_plan(documents: Iterable[Document]) -> dict[str, Map]:
    """Plan → what its file says; of two files of one plan the first counts."""
    given: dict[str, Map] = {}
    for document in documents:
        given.setdefault(document.value["plan"], document.value)
    return given


def resolve_plan(
    key: str, given: Mapping[str, Map], plans: dict[str, Plan], broken: set[str], names: Names
) -> None:
    """Build plan `key` into `plans`, its parents first; into `broken` where one of them is not to be had."""
    waiting: list[str] = []
    step: str | None = key
    while step is not None and step not in plans:
        if step in waiting:
            circle = waiting[waiting.index(step) :]
            names.problems.append(_circle([given[member] for member in circle]))
            break
        if step in broken or step not in given:
            break
        waiting.append(step)
        value = given[step]
        step = value.get("extends")
        if step is not None:
            names.refer("plan", step, value.value_mark("extends"), f'plan "{value["plan"]}" extends the')
    parent = plans.get(step) if step is not None else None
    for member in reversed(waiting):
        if step is None or parent is not None:
            plans[member] = parent = _plan(given[member], parent, plans, names)
        else:
            broken.add(member)
            _stated(given[member], names)


def _circle(members: list[Map]) -> Problem:
    first, *others = members
    keys = [member["plan"] for member in (*members, first)]
    related = tuple(
        Related(member.value_mark("extends"), f'plan "{member["plan"]}" extends "{member["extends"]}"')
        for member in others
    )
    message = f"plans extend each other in a circle: {' → '.join(keys)}"
    mark = first.value_mark("extends")
    return Problem("R308", message, mark, hint="take one `extends` away", related=related)


class _Stated(NamedTuple):
    """What a plan file says itself, before anything is inherited."""

    features: dict[str, Mark]
    without: dict[str, Mark]
    caps: dict[str, CapTerms]
    price: Price


def _stated(value: Map, names: Names) -> _Stated:
    """The parts of a plan file that name something, each name checked."""
    who = f'plan "{value["plan"]}"'
    if "support" in value:
        names.refer("support level", value["support"], value.value_mark("support"), f"{who} has the")
    return _Stated(
        read_features(value, "features", f"{who} includes", names),
        read_features(value, "without", f"{who} goes without", names),
        read_caps(value, who, names),
        read_price(value, who, names),
    )


def _plan(value: Map, parent: Plan | None, plans: Mapping[str, Plan], names: Names) -> Plan:
    key, own = value["plan"], _stated(value, names)
    features = {**(parent.features if parent else {}), **own.features}
    for feature, mark in own.without.items():
        if features.pop(feature, None) is not None:
            continue
        misspelt_above = names.any_unknown("feature", files_of(parent, plans))
        # What a plan above gave once is no slip: the line outlives the day on which that one drops it.
        once = any(feature in names.published.get(above.key, ()) for above in _lineage(parent, plans))
        if names.has("feature", feature) and not misspelt_above and not once:
            message = f'plan "{key}" goes without "{feature}", which it does not have'
            above = f'"{parent.key}", which it extends, does not give it' if parent else "it extends no plan"
            hint = f"{above}: take it out of `without`"
            names.problems.append(Problem("R309", message, mark, hint=hint))
    caps = {**(parent.caps if parent else {}), **own.caps}
    return Plan(
        key=key,
        version=value["version"],
        title=value["title"],
        price=own.price,
        support=value["support"] if "support" in value or parent is None else parent.support,
        baa=value["baa"] == "offered" if "baa" in value or parent is None else parent.baa,
        caps=MappingProxyType(dict(sorted(caps.items()))),
        features=MappingProxyType(dict(sorted(features.items()))),
        sold=value["sold"],
        suspends=value.get("suspends", False),
        description=value.get("description"),
        extends=value.get("extends"),
        mark=value.key_mark("plan"),
        **read_dates(value, names),
    )


def files_of(plan: Plan | None, plans: Mapping[str, Plan]) -> Iterator[str]:
    """The files that say something about `plan`: its own and those of the plans it inherits from."""
    return (member.mark.file for member in _lineage(plan, plans))


def _lineage(plan: Plan | None, plans: Mapping[str, Plan]) -> Iterator[Plan]:
    while plan is not None:
        yield plan
        plan = plans.get(plan.extends) if plan.extends is not None else None


def build_add_ons(documents: list[Document], names: Names) -> dict[str, AddOn]:
    """Every add-on, by key."""
    add_ons: dict[str, AddOn] = {}
    for document in documents:
        value: Any = document.value
        for key, given in value["add_ons"].items():
            who = f'add-on "{key}"'
            sold_with = given["sold_with"]
            for i, plan in enumerate(sold_with):
                names.refer("plan", plan, sold_with.item_mark(i), f"{who} is sold with the")
            caps: Any = given.get("caps") or {}
            for cap in caps:
                names.refer("cap", cap, caps.key_mark(cap), f"{who} raises the")
            raises = {
                cap: CapRaise(terms.get("at_least"), terms.get("add", 0), caps.key_mark(cap))
                for cap, terms in sorted(caps.items())
            }
            features = read_features(given, "features", f"{who} gives", names)
            add_ons.setdefault(
                key,
                AddOn(
                    key=key,
                    title=given["title"],
                    price=read_price(given, who, names),
                    sold_with=tuple(sorted(sold_with)),
                    features=MappingProxyType(dict(sorted(features.items()))),
                    caps=MappingProxyType(raises),
                    description=given.get("description"),
                    mark=value["add_ons"].key_mark(key),
                ),
            )
    return add_ons


def read_features(value: Map, field: str, who: str, names: Names) -> dict[str, Mark]:
    """The features that a field of a plan, record or add-on lists, each with its line."""
    listed: Any = value.get(field) or ()
    known = names.places.get("feature", {})
    found: dict[str, Mark] = {}
    for i, feature in enumerate(listed):
        mark = listed.item_mark(i)
        if feature in known or names.refer("feature", feature, mark, who):
            found[feature] = mark
    names.use("feature", *found)
    return found


def read_caps(value: Map, who: str, names: Names) -> dict[str, CapTerms]:
    """The caps that a plan or record states."""
    given = value.get("caps") or Map(value.lines, value.start)
    found: dict[str, CapTerms] = {}
    for cap, terms in given.items():
        mark = given.key_mark(cap)
        if names.refer("cap", cap, mark, f"{who} limits the"):
            found[cap] = _cap_terms(terms, mark, f'{who}, cap "{cap}",', names)
    return found


def _cap_terms(value: Any, mark: Mark, who: str, names: Names) -> CapTerms:
    if value == "none":
        return replace(NO_CAP, mark=mark)
    if value == "unlimited":
        return CapTerms("unlimited", mark=mark)
    extra = value.get("extra")
    price = (
        extra if extra is None or extra == "by_rate" else _amount(value, "extra", _UNIT_DECIMALS, who, names)
    )
    return CapTerms(value["included"], hard=value.get("hard", False), extra=price, mark=mark)


def read_price(value: Map, who: str, names: Names) -> Price:
    """The `price` of a plan or add-on. An annual total that looks like a monthly figure is a problem."""
    given, mark = value["price"], value.value_mark("price")
    if given == "free":
        return replace(FREE, mark=mark)
    if given == "on_request":
        return replace(ON_REQUEST, mark=mark)
    monthly = _amount(given, "monthly", _DECIMALS, who, names)
    if "annual_total" not in given:
        return Price(monthly, None, mark)
    annual = _amount(given, "annual_total", _DECIMALS, who, names)
    if annual < _MONTHS_AT_LEAST * monthly:
        message = (
            f"{who} costs {money_text(annual)} for a whole year, "
            f"less than six months at {money_text(monthly)}"
        )
        names.problems.append(
            Problem(
                "R314",
                message,
                given.value_mark("annual_total"),
                hint="annual_total is the price of twelve months, not of one",
            )
        )
    return Price(monthly, annual, mark)


def _amount(given: Map, field: str, decimals: int, who: str, names: Names) -> Decimal:
    amount = decimal_of(given[field])
    if amount >= _TOO_MUCH:
        message, hint = f"{who} has too large an amount as `{field}`", f"write one below {_TOO_MUCH:,}"
        names.problems.append(Problem("S206", message, given.value_mark(field), hint=hint))
    elif amount != round(amount, decimals):
        message = f"{who} has {money_text(amount)} as `{field}`, with more than {decimals} decimals"
        hint = f"write {round(amount, decimals)}"
        names.problems.append(Problem("R320", message, given.value_mark(field), hint=hint))
    return amount
