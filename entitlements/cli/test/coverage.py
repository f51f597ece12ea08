"""How much of a catalog its plan tests speak of, as a table that fits a screen."""

from __future__ import annotations

from collections.abc import Iterator

from entitlements.cli.output import echo, styled, symbol, wrapped
from entitlements.cli.words import and_list, counted
from entitlements.report.words import by_group
from entitlements.testing.coverage import Coverage

#: Room for a feature's key; a longer one is cut.
_KEY = 40
#: A space at which no line is broken.
_HELD = "\N{NO-BREAK SPACE}"


def show_coverage(coverage: Coverage) -> None:
    """Features down, plans across by number, with a mark for what tests say of each pair."""
    plans = coverage.plans_in_order()
    numbers = [str(number) for number in range(1, len(plans) + 1)]
    legend = ", ".join(f"{number}{_HELD}{plan}" for number, plan in zip(numbers, plans, strict=True))
    echo(wrapped(legend).replace(_HELD, " "))
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
    for group, keys in by_group(catalog, catalog.features, None):
        yield styled(group, bold=True)
        for key in sorted(keys):
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
            echo(wrapped(f"No test speaks of {what if len(missing) > 1 else what[:-1]} {and_list(missing)}."))
