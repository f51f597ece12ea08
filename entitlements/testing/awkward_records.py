"""Records whose values stores tend to alter: letters, orders, microseconds, the ends of the calendar."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType

from entitlements.subject import AddOnPeriod, Example, Override, SubjectRecord, Subscription, Usage

_NOW = datetime(2026, 3, 1, 12, 30, 15, 999_999, tzinfo=UTC)

EXACT = (
    SubjectRecord("case"),
    SubjectRecord("CASE", time_zone="Africa/Nairobi"),
    SubjectRecord("a'b\"c;%_\\ \N{SNOWMAN}", credits=Decimal("0.10")),
    SubjectRecord(
        "order",
        (
            Subscription("pro@2", _NOW, None, "annual", "bundle", (AddOnPeriod("b", _NOW), AddOnPeriod("a"))),
            Subscription("standard", None, _NOW, kind="trial", add_ons=(AddOnPeriod("b"),)),
            Subscription("never", _NOW, _NOW),
        ),
        overrides=(
            Override(
                "legacy", "so it was \N{EM DASH} agreed", "o'ps", _NOW, None, cap="users", set_to="none"
            ),
            Override("legacy", "b", "ops", None, None, cap="rooms", set_to="unlimited"),
            Override("legacy", "a", "ops", None, None, support="phone", at_least=0),
            Override("legacy", "a", "ops", None, None, remove="reports"),
        ),
        baa_signed_on=datetime.min.replace(tzinfo=UTC),
        baa_ended_on=datetime.max.replace(tzinfo=UTC),
        contacts=MappingProxyType({"web_admins": ("z", "a"), "billing": ()}),
        usage=MappingProxyType(
            {
                "users": Usage(2**40, 3, (Example("été", "https://e"), Example("b")), _NOW, _NOW),
                "no": Usage(None),
            }
        ),
    ),
)
