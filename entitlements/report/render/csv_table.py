"""A pricing table as CSV, for spreadsheets and other machines."""

from __future__ import annotations

import csv
import io
import re

from entitlements.report.pricing_table import PricingTable
from entitlements.report.rows import table_rows

#: What makes a spreadsheet take a cell for a formula; the last four are full-width forms of the first.
_FORMULA = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def csv_table(table: PricingTable) -> str:
    """RFC 4180, with no cell that a spreadsheet would run as a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(map(_harmless, ["Group", "Key", "Title", *(plan.title.value for plan in table.plans)]))
    for row in table_rows(table, for_machines=True):
        writer.writerow(map(_harmless, [row.group, row.key, row.title.strip(), *row.cells]))
    return out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell
