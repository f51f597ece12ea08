"""Features: given to somebody, lost without harm, and exempt for somebody who exists."""

from __future__ import annotations

from collections.abc import Iterator

from entitlements.catalog.lint.rule import Finding, Places
from entitlements.catalog.reading.scalars import shown
from entitlements.model import Catalog


def feature_that_nobody_gets(catalog: Catalog, _: Places) -> Iterator[Finding]:
    """A feature that is in no plan, now or earlier, and in no add-on."""
    given = {feature for plan in catalog.versions.values() for feature in plan.features}
    given.update(feature for add_on in catalog.add_ons.values() for feature in add_on.features)
    for feature in catalog.features.values():
        if feature.key not in given and feature.listed != "no":
            yield Finding(
                f'feature "{feature.key}" is in no plan and no add-on',
                feature.mark,
                'put it into a plan, or write listed: "no" if it is internal',
                (feature.key,),
            )


def feature_that_locks_things_away(catalog: Catalog, places: Places) -> Iterator[Finding]:
    """A feature with which people make things, and which is closed to them without a word when it is lost."""
    for feature in catalog.features.values():
        lost = feature.on_loss
        if feature.counts is not None and lost.effect == "closed" and lost.advice is None:
            things = shown(feature.counts.other)[1:-1]
            yield Finding(
                f'feature "{feature.key}" is closed when it is lost, '
                f"and nobody is told what becomes of the {things}",
                places.effect(feature),
                "write read_only or deactivated if it is so, or say under advice what to do before",
                (feature.key,),
            )


def client_that_nothing_exempts(catalog: Catalog, places: Places) -> Iterator[Finding]:
    """A client that catalog.yaml declares, so that checks may name it, and to which no feature is open."""
    used = {exemption.client for feature in catalog.features.values() for exemption in feature.exempt}
    for client in catalog.clients:
        if client not in used:
            yield Finding(
                f'client "{client}" is declared, but no feature exempts it: naming it changes no answer',
                places.client(client),
                "exempt it where it shall be let in, or take it out",
                (client,),
            )


def exemption_from_nothing(catalog: Catalog, places: Places) -> Iterator[Finding]:
    """An exemption on a feature that every plan includes, today's and earlier ones."""
    working = [plan for plan in catalog.versions.values() if not plan.suspends]
    for feature in catalog.features.values():
        if feature.exempt and working and all(feature.key in plan.features for plan in working):
            for exemption in feature.exempt:
                yield Finding(
                    f'client "{exemption.client}" is exempt from feature "{feature.key}", '
                    "which every plan includes: no check needs the exemption",
                    places.exempt(feature, exemption.client),
                    "take the exemption out",
                    (feature.key, exemption.client),
                )
