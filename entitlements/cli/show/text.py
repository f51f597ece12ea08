"""What `entitlements show` prints for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from entitlements.amounts import CapTerms
from entitlements.cli.output import echo, facts, heading, styled, table, wrapped
from entitlements.cli.show.document import next_of, versions_of
from entitlements.cli.show.places import Places
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
from entitlements.clock import day_words
from entitlements.engine.compile import FeatureProgram
from entitlements.model import AddOn, Cap, Catalog, Plan
from entitlements.problems import Mark

Lang = str | None
#: What a line is about, what it says, and the name of the place that states it, if one does.
Fact = tuple[str, str, str]
_LISTED = {"pricing": "on the pricing page", "report": "in reports only", "no": "nowhere"}


def show_plan(catalog: Catalog, plan: Plan, lang: Lang, places: Places | None) -> None:
    """A plan version; with `places`, every value comes with the line that states it."""
    title = catalog.text(f"plan.{plan.key}.title", plan.title, lang)
    description = catalog.text(f"plan.{plan.key}.description", plan.description or "", lang)
    _title(title, f"{plan.ref}, {sold_words(plan, catalog)}", None if places else description)
    # What waits inherits from what is sold on its day.
    waits = catalog.upcoming.get(plan.key) is plan
    then = catalog.at(plan.effective_from) if waits and plan.effective_from else catalog
    parent = then.plans[plan.extends] if plan.extends else None
    known = places or {}
    only_why = [
        ("Title", title, "title"),
        ("Description", description, "description"),
        ("Version", str(plan.version), "version"),
        ("Sold", sold_words(plan, catalog), "sold" if is_current(plan, catalog) else ""),
        *_standing(catalog, plan, known),
    ]
    rows = [
        ("Price", price_words(plan.price, catalog.currency), "price"),
        ("Support", catalog.title_of("support", plan.support, lang), "support"),
        ("BAA", baa_words(plan.baa), "baa"),
        ("Suspends", "every feature, for as long as it is in force" if plan.suspends else "", "suspends"),
        ("Extends", plan_words(catalog, parent, lang) if parent else "", "extends"),
    ]
    versions = dict(zip(versions_of(catalog, plan.key), _versions(catalog, plan.key), strict=True))
    add_ons = {a.key: named(catalog, "add_on", a.key, lang) for a in catalog.add_ons.values()}
    sold = {key: words for key, words in add_ons.items() if plan.key in catalog.add_ons[key].sold_with}
    aliases = {word: word for word, key in catalog.aliases.items() if key == plan.key}
    rows += _each("Versions", "version", versions, places, and_list)
    rows += _next(catalog, plan)
    rows += _each("Also called", "alias", aliases, places, and_list)
    rows += _each("Add-ons", "add_on", sold, places, "; ".join)
    _facts([*only_why, *rows] if places else rows, places)
    echo()
    table(
        ("Cap", "Included", "Each one more", *(["From"] if places else [])),
        [
            (
                catalog.title_of("cap", key, lang),
                included_words(catalog.caps[key], terms),
                extra_words(terms, catalog.currency) or dash(),
                *([str(terms.mark)] if places else []),
            )
            for key, terms in _by_title(catalog, plan.caps, lang)
        ],
    )
    echo()
    without = [key.partition(".")[2] for key in known if key.startswith("without.")]
    if not plan.features:
        echo("It includes no features.")
    else:
        heading(counted(len(plan.features), "feature"))
        marks = {**plan.features}
        table(
            ("Feature", "From" if places else "Key"), _features(catalog, plan.features, lang, marks, places)
        )
    if without:
        echo()
        marks = {key: known[f"without.{key}"] for key in without}
        table(("Goes without", "From"), _features(catalog, without, lang, marks, places))


def _next(catalog: Catalog, plan: Plan) -> Iterator[Fact]:
    """The version that comes after the one sold now, and the command that shows what it changes."""
    coming = next_of(catalog, plan)
    if coming is not None and coming.effective_from is not None:
        day = day_words(coming.effective_from, catalog.time_zone)
        command = f"`entitlements compare {plan.ref} {coming.ref}`"
        yield "Next", f"{coming.ref} from {day}: {command}", f"version.{coming.ref}"


def _standing(catalog: Catalog, plan: Plan, places: Places) -> Iterator[Fact]:
    """What catalog.yaml makes of a plan: its step on the ladder, who has it, and for how long at least."""
    if plan.key in catalog.ladder:
        yield "Ladder", f"step {catalog.ladder.index(plan.key) + 1} of {len(catalog.ladder)}", "ladder"
    if "default_plan" in places:
        yield "Default", f"for a {catalog.subject.one} with no subscription", "default_plan"
    if "after_end" in places:
        yield "After end", "follows a subscription that ends", "after_end"
    if plan.price.monthly:
        for cadence in ("monthly", "annual"):
            least = catalog.minimum_term.get(cadence, {})
            words = f"{least['days']} days" if "days" in least else "to the end of the term" if least else ""
            yield "Minimum term", f"{words}, {cadence}" if words else "", f"minimum_term.{cadence}"
    if "trial" in places:
        yield "Lasts", f"{catalog.terms['trial']['days']} days", "trial"


def show_feature(catalog: Catalog, program: FeatureProgram, lang: Lang, places: Places | None) -> None:
    """A feature: what its loss does, who has it, who judges it; with `places`, the line of each."""
    feature, unlocks = program.feature, program.unlocks
    title = catalog.title_of("feature", feature.key, lang)
    description = catalog.text(f"feature.{feature.key}.description", feature.description, lang)
    _title(title, feature.key, None if places else description)
    having = in_ladder_order(catalog, [p for p in catalog.versions.values() if feature.key in p.features])
    current = [plan_words(catalog, plan, lang) for plan in having if is_current(plan, catalog)]
    retired = [plan.ref for plan in having if not is_current(plan, catalog)]
    checkers = sorted(bound.name for bound in (*program.static, *program.live))
    lowest = catalog.plans[unlocks.plan] if unlocks.plan else None
    stale = f"denied while what a {catalog.subject.one} has cannot be read"
    judged_by = next((name for name in ("checks", "exempt", "requires") if name in (places or {})), "")
    only_why = [("Title", title, "title"), ("Description", description, "description")]
    rows = [
        ("Group", catalog.title_of("group", feature.group, lang), "group"),
        ("Counted in", feature.counts.other if feature.counts else "", "counts"),
        ("When lost", loss_words(feature), "on_loss"),
        (
            "Lowest plan",
            f"{plan_words(catalog, lowest, lang)}, {price_words(lowest.price, catalog.currency)}"
            if lowest
            else "none of the ladder has it",
            "",
        ),
        ("Now in", and_list(current), ""),
        ("Earlier in", and_list(retired), ""),
        ("Add-ons", "; ".join(named(catalog, "add_on", key, lang) for key in unlocks.add_ons), ""),
        *(("Exempt", f"{client_words(catalog, e.client)}: {e.because}", "exempt") for e in feature.exempt),
        (
            "Requires",
            and_list([named(catalog, "feature", key, lang) for key in feature.requires]),
            "requires",
        ),
        ("Checkers", and_list(checkers) or "none; the plan decides alone", judged_by),
        ("When stale", stale if feature.when_stale == "deny" else "", "when_stale"),
    ]
    listed = [("Listed", _LISTED[feature.listed], "listed")]
    declared = [("Declared", str(feature.mark), "")]
    _facts([*only_why, *rows, *listed] if places else [*rows, *declared], places)
    if places and having:
        echo()
        table(("Plan", "Included at"), [(plan.ref, str(plan.features[feature.key])) for plan in having])


def show_cap(catalog: Catalog, cap: Cap, lang: Lang, places: Places | None) -> None:
    """A cap and what each plan version includes of it; with `places`, the line of each."""
    title = catalog.title_of("cap", cap.key, lang)
    description = catalog.text(f"cap.{cap.key}.description", cap.description or "", lang)
    _title(title, cap.key, None if places else description)
    period = {"calendar_month": "calendar month", "billing_month": "billing month"}.get(cap.period or "")
    counts = f"{cap.unit.other} used in each {period}" if period else f"{cap.unit.other} there are at a time"
    rows = [
        ("Counts", counts, "counted_by"),
        ("Belongs to", named(catalog, "feature", cap.feature, lang) if cap.feature else "", "feature"),
        *(
            (
                "To reduce",
                f"{way.do}, {'can' if way.reversible else 'cannot'} be undone; data: {way.data}",
                "to_reduce",
            )
            for way in cap.to_reduce
        ),
    ]
    marks = {f"add_on.{a.key}": a.caps[cap.key].mark for a in catalog.add_ons.values() if cap.key in a.caps}
    for name in marks:
        add_on = catalog.add_ons[name.removeprefix("add_on.")]
        raised = raise_words(cap, add_on.caps[cap.key])
        rows.append(("Add-on", f"{catalog.title_of('add_on', add_on.key, lang)}: {raised}", name))
    if places:
        named_first = [("Title", title, "title"), ("Description", description, "description")]
        _facts([*named_first, *rows], {**places, **marks})
    else:
        _facts([*rows, ("Declared", str(cap.mark), "")], None)
    echo()
    plans = in_ladder_order(catalog, [plan for plan in catalog.versions.values() if cap.key in plan.caps])
    table(
        ("Plan", "Included", "Each one more", *(["From"] if places else [])),
        [
            (
                plan.ref if places else plan_words(catalog, plan, lang),
                included_words(cap, plan.caps[cap.key]),
                extra_words(plan.caps[cap.key], catalog.currency) or dash(),
                *([str(plan.caps[cap.key].mark)] if places else []),
            )
            for plan in plans
        ],
    )


def show_add_on(catalog: Catalog, add_on: AddOn, lang: Lang, places: Places | None) -> None:
    """An add-on: its price, with which plans it is sold, what it gives; with `places`, the line of each."""
    title = catalog.title_of("add_on", add_on.key, lang)
    description = catalog.text(f"add_on.{add_on.key}.description", add_on.description or "", lang)
    _title(title, add_on.key, None if places else description)
    plans = in_ladder_order(catalog, [catalog.plans[key] for key in add_on.sold_with])
    sold_with = {plan.key: catalog.title_of("plan", plan.key, lang) for plan in plans}
    rows = [
        ("Price", price_words(add_on.price, catalog.currency), "price"),
        *_each("Sold with", "sold_with", sold_with, places, and_list),
        *(("Gives", named(catalog, "feature", key, lang), f"gives.{key}") for key in add_on.features),
    ]
    for key, given in add_on.caps.items():
        words = f"{catalog.title_of('cap', key, lang)}: {raise_words(catalog.caps[key], given)}"
        rows.append(("Raises", words, f"raises.{key}"))
    if not places:
        _facts([*rows, ("Declared", str(add_on.mark), "")], None)
        return
    marks = {f"gives.{key}": mark for key, mark in add_on.features.items()}
    marks |= {f"raises.{key}": given.mark for key, given in add_on.caps.items()}
    named_first = [("Title", title, "title"), ("Description", description, "description")]
    _facts([*named_first, *rows], {**places, **marks})


def _facts(rows: Iterable[Fact], places: Places | None) -> None:
    """Rows that say something; with `places` as a table that says for each where it stands."""
    saying = [row for row in rows if row[1]]
    if places is None:
        facts([(label, words) for label, words, _ in saying])
        return
    body = []
    before = ""
    for label, words, name in saying:
        stated = str(places[name]) if name in places else "by default" if name else dash()
        body.append((label if label != before else "", words, stated))
        before = label
    table(("What", "Value", "From"), body)


def _each(
    label: str, kind: str, words: Mapping[str, str], places: Places | None, joined: Callable[[list[str]], str]
) -> list[Fact]:
    """One row for all of them; where places are shown, one for each."""
    if places is None:
        return [(label, joined(list(words.values())), "")]
    return [(label, said, f"{kind}.{key}") for key, said in words.items()]


def _features(
    catalog: Catalog, keys: Iterable[str], lang: Lang, marks: Mapping[str, Mark], places: Places | None
) -> list[tuple[str, str]]:
    rows = feature_rows(catalog, keys, lang)
    return [(title, str(marks[key]) if key else "") for title, key in rows] if places else rows


def _title(title: str, key: str, description: str | None) -> None:
    echo(f"{styled(title, bold=True)}  {styled(key, dim=True)}")
    if description:
        echo(wrapped(description))
    echo()


def _by_title(catalog: Catalog, caps: Mapping[str, CapTerms], lang: Lang) -> list[tuple[str, CapTerms]]:
    return sorted(caps.items(), key=lambda item: catalog.title_of("cap", item[0], lang).casefold())


def _versions(catalog: Catalog, key: str) -> list[str]:
    current = catalog.plans.get(key)
    return [
        f"{ref} (current)" if current and ref == current.ref else ref for ref in versions_of(catalog, key)
    ]
