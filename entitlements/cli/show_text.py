"""What `entitlements show` prints for people."""

from __future__ import annotations

from collections.abc import Mapping

from entitlements.cli.output import echo, facts, heading, styled, table, wrapped
from entitlements.cli.show_json import versions_of
from entitlements.cli.words import (
    and_list,
    baa_words,
    client_words,
    counted,
    dash,
    extra_words,
    feature_rows,
    in_ladder_order,
    included_words,
    is_current,
    loss_words,
    named,
    plan_words,
    price_words,
    raise_words,
    sold_words,
)
from entitlements.engine.compile import FeatureProgram
from entitlements.model import AddOn, Cap, CapTerms, Catalog, Plan
from entitlements.problems import Mark

Lang = str | None


def show_plan(catalog: Catalog, plan: Plan, lang: Lang, stated: Mapping[str, Mark] | None) -> None:
    """A plan version; with `stated`, the lines of price, support and BAA, every value comes with its line."""
    title = catalog.text(f"plan.{plan.key}.title", plan.title, lang)
    _title(title, f"{plan.ref}, {sold_words(plan, catalog)}", plan.description)
    marks = stated or {}
    parent = catalog.plans[plan.extends] if plan.extends else None
    rows = [
        ("Price", price_words(plan.price, catalog.currency) + _at(marks.get("price"))),
        ("Support", catalog.title_of("support", plan.support, lang) + _at(marks.get("support"))),
        ("BAA", baa_words(plan.baa) + _at(marks.get("baa"))),
        ("Suspends", "every feature, for as long as it is in force" if plan.suspends else ""),
        ("Extends", plan_words(catalog, parent, lang) + _at(marks.get("extends")) if parent else ""),
        ("Versions", and_list(_versions(catalog, plan.key))),
        ("Also called", and_list([word for word, key in catalog.aliases.items() if key == plan.key])),
        (
            "Add-ons",
            "; ".join(
                named(catalog, "add_on", add_on.key, lang)
                for add_on in catalog.add_ons.values()
                if plan.key in add_on.sold_with
            ),
        ),
        ("Declared", str(plan.mark) if stated is not None else ""),
    ]
    facts([row for row in rows if row[1]])
    echo()
    why = stated is not None
    table(
        ("Cap", "Included", "Each one more", *(["From"] if why else [])),
        [
            (
                catalog.title_of("cap", key, lang),
                included_words(catalog.caps[key], terms),
                extra_words(terms, catalog.currency) or dash(),
                *([str(terms.mark)] if why else []),
            )
            for key, terms in _by_title(catalog, plan.caps, lang)
        ],
    )
    echo()
    if not plan.features:
        echo("It includes no features.")
        return
    heading(counted(len(plan.features), "feature"))
    rows = feature_rows(catalog, plan.features, lang)
    if why:
        rows = [(name, str(plan.features[key]) if key else "") for name, key in rows]
    table(("Feature", "From" if why else "Key"), rows)


def show_feature(catalog: Catalog, program: FeatureProgram, lang: Lang, *, why: bool) -> None:
    """A feature: what its loss does, who has it, who judges it; with `why`, its line in each plan."""
    feature, unlocks = program.feature, program.unlocks
    _title(catalog.title_of("feature", feature.key, lang), feature.key, feature.description)
    having = in_ladder_order(catalog, [p for p in catalog.versions.values() if feature.key in p.features])
    current = [plan_words(catalog, plan, lang) for plan in having if is_current(plan, catalog)]
    retired = [plan.ref for plan in having if not is_current(plan, catalog)]
    checkers = sorted(bound.name for bound in (*program.static, *program.live))
    lowest = catalog.plans[unlocks.plan] if unlocks.plan else None
    rows = [
        ("Group", catalog.title_of("group", feature.group, lang)),
        ("Counted in", feature.counts.other if feature.counts else ""),
        ("When lost", loss_words(feature)),
        (
            "Lowest plan",
            f"{plan_words(catalog, lowest, lang)}, {price_words(lowest.price, catalog.currency)}"
            if lowest
            else "none of the ladder has it",
        ),
        ("Now in", and_list(current)),
        ("Earlier in", and_list(retired)),
        ("Add-ons", "; ".join(named(catalog, "add_on", key, lang) for key in unlocks.add_ons)),
        *(("Exempt", f"{client_words(catalog, e.client)}: {e.because}") for e in feature.exempt),
        ("Requires", and_list([named(catalog, "feature", key, lang) for key in feature.requires])),
        ("Checkers", and_list(checkers) or "none; the plan decides alone"),
        (
            "When stale",
            f"denied while what a {catalog.subject.one} has cannot be read"
            if feature.when_stale == "deny"
            else "",
        ),
        ("Declared", str(feature.mark)),
    ]
    facts([row for row in rows if row[1]])
    if why and having:
        echo()
        table(("Plan", "Included at"), [(plan.ref, str(plan.features[feature.key])) for plan in having])


def show_cap(catalog: Catalog, cap: Cap, lang: Lang, *, why: bool) -> None:
    """A cap and what each plan version includes of it."""
    _title(catalog.title_of("cap", cap.key, lang), cap.key, cap.description)
    period = {"calendar_month": "calendar month", "billing_month": "billing month"}.get(cap.period or "")
    rows = [
        (
            "Counts",
            f"{cap.unit.other} used in each {period}" if period else f"{cap.unit.other} there are at a time",
        )
    ]
    if cap.feature:
        rows.append(("Belongs to", named(catalog, "feature", cap.feature, lang)))
    rows.extend(
        ("To reduce", f"{way.do}, {'can' if way.reversible else 'cannot'} be undone; data: {way.data}")
        for way in cap.to_reduce
    )
    rows.extend(
        (
            "Add-on",
            f"{catalog.title_of('add_on', add_on.key, lang)}: {raise_words(cap, add_on.caps[cap.key])}",
        )
        for add_on in catalog.add_ons.values()
        if cap.key in add_on.caps
    )
    rows.append(("Declared", str(cap.mark)))
    facts(rows)
    echo()
    plans = in_ladder_order(catalog, [plan for plan in catalog.versions.values() if cap.key in plan.caps])
    table(
        ("Plan", "Included", "Each one more", *(["From"] if why else [])),
        [
            (
                plan.ref if why else plan_words(catalog, plan, lang),
                included_words(cap, plan.caps[cap.key]),
                extra_words(plan.caps[cap.key], catalog.currency) or dash(),
                *([str(plan.caps[cap.key].mark)] if why else []),
            )
            for plan in plans
        ],
    )


def show_add_on(catalog: Catalog, add_on: AddOn, lang: Lang, *, why: bool) -> None:
    """An add-on: its price, with which plans it is sold, what it gives."""
    _title(catalog.title_of("add_on", add_on.key, lang), add_on.key, add_on.description)
    sold_with = [
        catalog.title_of("plan", plan.key, lang)
        for plan in in_ladder_order(catalog, [catalog.plans[key] for key in add_on.sold_with])
    ]
    rows = [("Price", price_words(add_on.price, catalog.currency)), ("Sold with", and_list(sold_with))]
    rows.extend(
        ("Gives", named(catalog, "feature", key, lang) + _at(mark if why else None))
        for key, mark in add_on.features.items()
    )
    for key, given in add_on.caps.items():
        words = f"{catalog.title_of('cap', key, lang)}: {raise_words(catalog.caps[key], given)}"
        rows.append(("Raises", words + _at(given.mark if why else None)))
    rows.append(("Declared", str(add_on.mark)))
    facts(rows)


def _title(title: str, key: str, description: str | None) -> None:
    echo(f"{styled(title, bold=True)}  {styled(key, dim=True)}")
    if description:
        echo(wrapped(description))
    echo()


def _by_title(catalog: Catalog, caps: Mapping[str, CapTerms], lang: Lang) -> list[tuple[str, CapTerms]]:
    return sorted(caps.items(), key=lambda item: catalog.title_of("cap", item[0], lang).casefold())


def _at(mark: Mark | None) -> str:
    return f"  [{mark}]" if mark is not None else ""


def _versions(catalog: Catalog, key: str) -> list[str]:
    current = catalog.plans.get(key)
    return [
        f"{ref} (current)" if current and ref == current.ref else ref for ref in versions_of(catalog, key)
    ]
