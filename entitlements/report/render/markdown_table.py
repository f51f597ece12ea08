"""A pricing table in GitHub's Markdown, for a README, a wiki or a pull request."""

from __future__ import annotations

import re
from collections.abc import Sequence

from entitlements.report.pricing_table import PricingTable
from entitlements.report.rows import table_rows

_SPECIAL = re.compile(r"([\\`*_\[\]<>|])")
_SIGNS = {"yes": "✓", "no": "–", "": "–"}


def markdown_table(table: PricingTable) -> str:
    """One table; the groups of features are rows of their own."""
    titles = [_escaped(plan.title.value) for plan in table.plans]
    lines = [_line(["", *titles]), _line(["---", *(":-:" for _ in titles)])]
    group = ""
    for row in table_rows(table):
        if row.group != group:
            group = row.group
            lines.append(_line([f"**{_escaped(group)}**", *("" for _ in titles)]))
        cells = [_SIGNS.get(cell) or _escaped(cell) for cell in row.cells]
        lines.append(_line([_escaped(row.title.strip()), *cells]))
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
