"""Previews and advice over random worlds: the same each time, nothing unknown unused, nothing cheaper."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from itertools import chain, combinations
from random import Random
from typing import Any

from hypothesis import given, settings

from entitlements import Effect, Engine, FixedClock, MemoryStore, Subscription, Terms, Thing, Usage
from entitlements.amounts import CapTerms, Price, size
from entitlements.change.preview import ChangePreview
from entitlements.engine.resolve import resolve
from entitlements.errors import StoreConflict
from entitlements.lifecycle.refusals import Refused
from entitlements.model import Catalog, LossPolicy
from entitlements.plugin_manager import load_plugins
from entitlements.source.protocol import Entry
from entitlements.subject import AddOnPeriod, Example, SubjectRecord
from tests.change.hosts import Switching, Telling
from tests.properties.strategies import World, numbers, often

#: Each takes several engines.
seldom = settings(often, max_examples=50)
KINDS: Any = ["deleted", "deactivated", "closed", "read_only", "charged"]


def used(rng: Random) -> Usage | None:
    """Some use, none, not known, or not measured."""
    count = rng.choice([None, 0, 0, 1, 2, 3, 9, 14])
    examples = tuple(Example(f"thing {n}") for n in range(rng.choice([0, 0, 1, 2])))
    found = Usage(count, rng.choice([0, 0, 1]), examples, unknown=None if count is not None else "away")
    return rng.choice([found, found, None])


def told(rng: Random) -> Any:
    """What a checker says of a loss."""
    things = tuple(Thing(str(n)) for n in range(rng.randrange(4)))
    effect = Effect(rng.choice(KINDS), rng.choice([None, 0, 1, 5]), things=things)
    return rng.choice([None, (), (effect,), (effect, Effect("closed", 2)), RuntimeError(), "nonsense"])


class Change:
    """A world, what its subject uses, checkers that have a say in losses, and a change that is asked for."""

    def __init__(self, number: int) -> None:
        self.world = World(number)
        self.world.drop_checks()
        rng = self.rng = self.world.rng
        self.catalog = self._catalog()
        keys = [*self.catalog.features, *self.catalog.caps]
        usage = {key: found for key in keys if (found := used(rng)) is not None}
        signed = self.world.at if rng.random() < 0.3 else None
        self.record = replace(self.world.record, usage=usage, baa_signed_on=signed)
        features = list(self.catalog.features)
        acting, telling = (rng.sample(features, rng.randrange(len(features))) for _ in range(2))
        self.answers = {key: told(rng) for key in features}
        self.checkers: list[Switching] = [Switching(acting, self.answers), Telling(telling, self.answers)]
        add_ons = rng.sample(list(self.catalog.add_ons), rng.randrange(len(self.catalog.add_ons) + 1))
        on_sale = [plan.key for plan in self.catalog.at(self.world.at).plans.values() if plan.sold != "no"]
        to = rng.choice([None, *on_sale, *on_sale, *on_sale])
        self.asked: dict[str, Any] = {"cadence": rng.choice([None, "monthly", "annual"])}
        self.asked |= {"end": True} if to is None else {"to": to, "add_ons": add_ons}

    def _catalog(self) -> Catalog:
        """The world's, with a loss policy of every kind."""
        made = self.world.catalog()
        policies = {key: LossPolicy(self.rng.choice(KINDS)) for key in made.features}
        features = {key: replace(f, on_loss=policies[key]) for key, f in made.features.items()}
        return replace(made, features=features)

    def engine(self, *, backwards: bool = False) -> Engine:
        checkers = self.checkers[::-1] if backwards else self.checkers
        plugins = load_plugins(checkers, entry_points=False)
        return Engine.open(self.catalog, [self.record], plugins, clock=FixedClock(self.world.at))

    def preview(self, *, backwards: bool = False) -> ChangePreview | None:
        """None where the rules refuse it."""
        try:
            return self.engine(backwards=backwards).preview_change("somebody", **self.asked)
        except Refused:
            return None


@seldom
@given(numbers)
def test_the_same_world_gives_the_same_preview(number: int) -> None:
    change = Change(number)
    first, again, other = change.preview(), Change(number).preview(), change.preview(backwards=True)
    assert first == again == other
    if first is not None and other is not None:
        assert first.to_json() == other.to_json()


@seldom
@given(numbers)
def test_each_lost_feature_has_one_place_and_what_is_not_known_is_never_unused(number: int) -> None:
    change = Change(number)
    preview = change.preview()
    if preview is None:
        return
    effects = {key for e in preview.effects for key in (e.feature, *e.also) if key is not None}
    assert effects <= set(preview.lost)
    rest = (*preview.not_in_use, *preview.not_measured, *preview.unaffected)
    assert sorted((*effects, *rest)) == sorted(preview.lost)
    unknown = {key for key, usage in change.record.usage.items() if usage.count is None}
    assert not unknown & {*preview.not_in_use, *preview.not_measured}
    told_of = {key for checker in change.checkers for key in checker.keys}
    for key in preview.lost:
        usage = change.record.usage.get(key)
        if usage is not None and key not in told_of:
            in_use = usage.count is None or usage.count > usage.exempt
            assert (key in effects) is in_use, key
    shown = {lost["feature"]: lost["usage"] for lost in preview.to_json()["lost"]}
    assert {key for key in shown if shown[key] is None} == unknown & shown.keys()


@seldom
@given(numbers)
def test_only_who_can_act_is_said_to_act_and_each_step_is_of_an_effect(number: int) -> None:
    preview = Change(number).preview()
    if preview is None:
        return
    for effect in preview.effects:
        if effect.kind == "deactivated":
            assert effect.checker == "switching"
        assert preview.message(effect)
    acting = {e.feature for e in preview.effects if e.kind in {"deleted", "deactivated"}}
    assert {step.feature for step in preview.steps} <= acting
    assert len({step.key for step in preview.steps}) == len(preview.steps)
    order = [effect.feature for effect in preview.effects]
    places = [order.index(step.feature) for step in preview.steps]
    assert places == sorted(places)


@seldom
@given(numbers)
def test_what_the_verb_then_does_is_what_was_shown(number: int) -> None:
    change = Change(number)
    preview = change.preview()
    if preview is None:
        return
    store = MemoryStore()
    try:
        store.change("somebody", lambda _: change.record, Entry("put", "ops", None, change.world.at))
    except StoreConflict:
        return  # no store would hold this record
    engine = Engine.open(change.catalog, store, clock=FixedClock(change.world.at))
    asked = {word: value for word, value in change.asked.items() if word != "end"}
    if "to" in asked:
        engine.change_plan("somebody", by="ops", replace=True, **asked)
    else:
        with suppress(Refused):  # it ends by itself, as was shown
            engine.end("somebody", by="ops", replace=True)
    then = preview.effective_on
    has = resolve(change.catalog.at(then), store.load("somebody") or change.record, then)
    assert Terms.of_subject(has) == preview.compared.after


@seldom
@given(numbers)
def test_no_more_than_the_cap_is_over_it(number: int) -> None:
    preview = Change(number).preview()
    for cap in preview.caps if preview is not None else ():
        most = max(size(cap.after.included), 0)
        if cap.used is None:
            assert cap.over in {None, 0}
        else:
            assert cap.over == max(cap.used - most, 0)


def choices(change: Change) -> Iterator[tuple[Any, tuple[str, ...], SubjectRecord]]:
    """Every plan that one can buy, with every set of add-ons that is sold with it."""
    catalog = change.catalog.at(change.world.at)
    for plan in catalog.offered:
        sold = sorted(key for key, add_on in catalog.add_ons.items() if plan.key in add_on.sold_with)
        for chosen in chain.from_iterable(combinations(sold, n) for n in range(len(sold) + 1)):
            held = tuple(map(AddOnPeriod, chosen))
            cadence: Any = change.asked["cadence"] or "monthly"
            bought = Subscription(plan.ref, cadence=cadence, add_ons=held)
            yield plan, chosen, replace(change.record, subscriptions=(bought,))


def year(price: Price, cadence: str) -> Decimal | None:
    if price.free:
        return Decimal(0)
    monthly = None if price.monthly is None else price.monthly * 12
    return price.annual_total if cadence == "annual" else monthly


def extra(terms: CapTerms, used: int) -> Decimal:
    """What a year of `used` costs beyond what is included, as far as that has a price."""
    if terms.included == "unlimited" or not isinstance(terms.extra, Decimal):
        return Decimal(0)
    return 12 * terms.extra * max(used - int(max(size(terms.included), 0)), 0)


def brute(change: Change, *, doubted: bool) -> tuple[str, tuple[str, ...]] | None:
    """The best choice, found by trying all of them on an engine; what is not known counts if `doubted`."""
    at, usage = change.world.at, change.record.usage
    catalog = change.catalog.at(at)
    cadence = change.asked["cadence"] or "monthly"
    had = Engine.open(change.catalog, [change.record], [], clock=FixedClock(at)).entitlements("somebody")
    has_now = had.compared_terms()
    tried = []
    for plan, chosen, record in choices(change):
        space = Engine.open(change.catalog, [record], [], clock=FixedClock(at)).entitlements("somebody")
        tried.append((plan, chosen, space))

    def lets(space: Any, key: str) -> bool:
        has = space.compared_terms()
        wanted = {key, *catalog.features[key].requires}
        return not has.plan.suspends and wanted <= has.included.keys() and not wanted & has.removed.keys()

    def wanted(key: str) -> bool:
        found = usage.get(key)
        if found is None or key in has_now.removed:
            return False
        sold = any(lets(space, key) for _, _, space in tried)
        if found.count is None:
            return sold and doubted and key in has_now.included
        return sold and found.count > found.exempt

    needs = [key for key in catalog.features if wanted(key)]
    amounts = {cap: usage.get(cap) for cap in catalog.caps}
    counts = {
        cap: max(found.count - found.exempt, 0)
        for cap, found in amounts.items()
        if found is not None and found.count is not None
    }
    large = [cap for cap, found in amounts.items() if found is not None and found.count is None and doubted]
    if not (needs or any(counts.values()) or large or had.baa.in_force):
        return catalog.default_plan, ()
    best: Any = None
    for plan, chosen, space in tried:
        caps = {cap: given.terms for cap, given in space.compared_terms().caps.items()}
        old = {cap: given.terms for cap, given in has_now.caps.items()}
        keeps = (
            not plan.suspends
            and all(lets(space, key) for key in needs)
            and all(not caps[c].hard or n <= max(size(caps[c].included), 0) for c, n in counts.items())
            and all(size(caps[c].included) >= size(old[c].included) for c in large)
            and (plan.baa or not had.baa.in_force)
        )
        if not keeps:
            continue
        prices = [year(plan.price, cadence), *(year(catalog.add_ons[key].price, cadence) for key in chosen)]
        height = catalog.ladder.index(plan.key)
        known = sum((price for price in prices if price is not None), Decimal(0))
        known += sum((extra(caps[cap], n) for cap, n in counts.items()), Decimal(0))
        order = (
            (1, height, len(chosen), known, chosen)
            if None in prices
            else (0, known, -height, len(chosen), chosen)
        )
        if best is None or order < best[0]:
            best = (order, (plan.key, chosen))
    return None if best is None else best[1]


@seldom
@given(numbers)
def test_no_other_choice_is_better_than_the_advice(number: int) -> None:
    change = Change(number)
    cadence: Any = change.asked["cadence"] or "monthly"
    engine = Engine.open(change.catalog, [change.record], [], clock=FixedClock(change.world.at))
    advice = engine.advise("somebody", cadence=cadence)
    choice, other = advice.choice, advice.otherwise or advice.choice
    assert (None if choice is None else (choice.plan.key, choice.add_ons)) == brute(change, doubted=True)
    assert (None if other is None else (other.plan.key, other.add_ons)) == brute(change, doubted=False)
