"""A new plan: a file that says where to write what, ready to be filled in, and its place on the ladder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from entitlements.catalog.digest import terms_of
from entitlements.catalog.editing.catalog import Desk
from entitlements.catalog.editing.edit import add_item
from entitlements.catalog.editing.text import CannotEdit, written
from entitlements.catalog.reading.written import flow_text
from entitlements.model import Catalog, Plan
from entitlements.problems import suggestion


@dataclass(frozen=True, slots=True)
class NewPlan:
    """What is known of a plan that is to be made."""

    key: str
    extends: str
    title: str
    #: `free`, `on_request`, or the monthly price.
    price: str
    annual_total: str | None = None
    sold: str = "by_sales"
    #: The plan on the ladder above which it goes; None for a plan off the ladder.
    after: str | None = None


def add_plan(desk: Desk, catalog: Catalog, new: NewPlan) -> Iterator[str]:
    """Write the file of a plan that extends another, and put it on the ladder. Yields what was done."""
    if new.key in catalog.plans or new.key in catalog.aliases:
        what = "a plan" if new.key in catalog.plans else f'another word for "{catalog.aliases[new.key]}"'
        msg = f'"{new.key}" is {what} already'
        raise CannotEdit(msg, hint="choose another key")
    parent = catalog.plans.get(new.extends)
    if parent is None:
        msg = f'there is no plan "{new.extends}" to extend'
        raise CannotEdit(msg, hint=suggestion(new.extends, catalog.plans))
    if new.after is not None and new.after not in catalog.ladder:
        msg = f'"{new.after}" is not on the ladder'
        raise CannotEdit(msg, hint=f"the ladder is {', '.join(catalog.ladder)}")
    file = desk.add(f"{new.key}.yaml", "\n".join(_lines(catalog, new, parent)))
    yield f'{file}: plan "{new.key}" is made'
    if new.after is not None:
        head = desk.reading.of_kind("catalog")[0].file
        desk.keep(add_item(desk.draft(head), ("ladder",), new.key, after=new.after))
        yield f'{head}: "{new.key}" goes on the ladder, above "{new.after}"'


def _lines(catalog: Catalog, new: NewPlan, parent: Plan) -> Iterator[str]:
    yield f"# What {new.extends} gives is inherited: write here only what differs. The lines below that begin"
    yield "# with # say what is inherited; take the # away to change it."
    yield f"plan: {written(new.key)}"
    yield "version: 0"
    yield f"title: {written(new.title)}"
    yield "# description: Whom it is for, in a sentence."
    yield f"sold: {written(new.sold)}"
    yield f"extends: {written(new.extends)}"
    yield f"price: {_price(new)}"
    yield f"# support: {parent.support}    # {' < '.join(_support(catalog))}"
    yield f"# baa: {'offered' if parent.baa else 'not_offered'}"
    yield ""
    if parent.caps:
        yield "# caps:"
        yield from (f"#   {key}: {flow_text(terms)}" for key, terms in terms_of(parent)["caps"].items())
        yield ""
    yield f"# features: []    # more than the {len(parent.features)} of {new.extends}"
    yield ""


def _price(new: NewPlan) -> str:
    if new.price in ("free", "on_request"):
        return new.price
    amounts = {"monthly": new.price}
    if new.annual_total is not None:
        amounts["annual_total"] = new.annual_total
    return flow_text(amounts)


def _support(catalog: Catalog) -> list[str]:
    return sorted(catalog.support_levels, key=lambda key: catalog.support_levels[key].rank)
