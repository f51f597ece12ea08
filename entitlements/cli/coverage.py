"""How much of a catalog its plan tests speak of, as a table that fits a screen."""

from __future__ import annotations

from collections.abc import Iterator

from entitlements.cli.output import echo, styled, symbol, wrapped
from entitlements.cli.words import counted
from entitlements.testing.coverage import Coverage

#: Room for a feature's key; a longer one is cut.
_KEY = 40


def show_coverage(coverage: Coverage) -> None:
    """Features down, plans across by number, with a mark for what tests say of each pair."""
    plans = coverage.plans_in_order()
    numbers = [str(number) for number in range(1, len(plans) + 1)]
    echo(wrapped(", ".join(f"{number} {plan}" for number, plan in zip(numbers, plans, strict=True))))
    echo()
    for line in _table(coverage, plans, numbers):
        echo(line)
    allowed, denied, both, none = (
        _mark({*words}) for words in (["allowed"], ["denied"], ["allowed", "denied"], [])
    )
    echo()
    echo(
        wrapped(f"{allowed} tested as allowed, {denied} as denied, {both} as either, {none} no test says it.")
    )
    _totals(coverage)


def _table(coverage: Coverage, plans: list[str], numbers: list[str]) -> Iterator[str]:
    catalog = coverage.catalog
    width = min(_KEY, max((len(key) for key in catalog.features), default=0)) + 4
    wide = max(map(len, numbers), default=1)
    yield " " * width + " ".join(number.rjust(wide) for number in numbers)
    for group in catalog.groups.values():
        keys = [key for key, feature in catalog.features.items() if feature.group == group.key]
        if keys:
            yield styled(group.title, bold=True)
        for key in keys:
            marks = [_mark(coverage.pairs.get((plan, key), frozenset())).rjust(wide) for plan in plans]
            shown = key if len(key) <= _KEY else f"{key[: _KEY - 1]}…"
            yield f"  {shown}".ljust(width) + " ".join(marks)


def _mark(words: frozenset[str] | set[str]) -> str:
    if len(words) > 1:
        return symbol("±", "*")
    if "allowed" in words:
        return symbol("✓", "+")
    return symbol("–", "-") if words else symbol("·", ".")


def _totals(coverage: Coverage) -> None:
    catalog = coverage.catalog
    plans = f"{len(coverage.plans)} of {counted(len(catalog.plans), 'plan')}"
    features = f"{len(coverage.features)} of {counted(len(catalog.features), 'feature')}"
    pairs = (
        f"{len(coverage.pairs)} of {coverage.all_pairs} pairs of plan and feature ({coverage.percent:g} %)"
    )
    echo(wrapped(f"Tests speak of {plans}, {features}, and {pairs}."))
    for what, missing in (("plans", coverage.untested_plans()), ("features", coverage.untested_features())):
        if missing:
            echo(wrapped(f"No test speaks of these {what}: {', '.join(missing)}", "  "))
