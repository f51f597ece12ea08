"""Earliest end, who pays and is written to, and what is charged next: each figure with its line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest

from entitlements import Engine, FixedClock, MemorySource, load_catalog
from entitlements.catalog.load import shipped_folder
from entitlements.charges.lines import Charge
from entitlements.model import Catalog
from entitlements.problems import Mark
from entitlements.subject import AddOnPeriod, Override, SubjectRecord, Subscription, Usage
from entitlements.terms import SubjectTerms
from tests.lifecycle.catalogs import small

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
INVOICE = datetime(2026, 4, 1, tzinfo=UTC)
SHIPPED = load_catalog()


def terms(
    *held: Subscription, catalog: Catalog = SHIPPED, now: datetime = NOW, used: int | None = 0, **more: Any
) -> SubjectTerms:
    usage = {
        "sms": Usage(0),
        "mobile_users": Usage(used, unknown="nobody answered" if used is None else None),
    }
    record = SubjectRecord("space", held, **{"usage": usage, **more})
    return Engine.open(catalog, MemorySource([record]), clock=FixedClock(now)).terms("space")


def told(charge: Charge) -> list[tuple[str, str | None]]:
    return [(line.key, f"{line.amount:.2f}" if line.amount is not None else None) for line in charge.lines]


def held(plan: str = "pro@1", start: datetime | None = NOW - 90 * DAY, **more: Any) -> Subscription:
    return Subscription(plan, start, **more)


# The next charge


def test_monthly_plan_is_charged_on_the_next_invoice_day_with_what_is_used_beyond_it() -> None:
    (charge,) = terms(held(), used=253).charges
    assert charge.on == INVOICE
    assert told(charge) == [("pro@1", "600.00"), ("mobile_users", "6.00")]
    assert (charge.total, charge.at_least) == (Decimal("606.00"), Decimal("606.00"))
    users = charge.lines[1]
    assert (users.count, users.unit_price) == (3, Decimal("2.00"))


def test_each_line_names_the_line_that_states_its_price() -> None:
    (charge,) = terms(held(), used=253).charges
    plan, users = (line.mark for line in charge.lines)
    folder = shipped_folder()
    assert "price:" in (folder.parent / plan.file).read_text().splitlines()[plan.line - 1]
    assert "mobile_users:" in (folder.parent / users.file).read_text().splitlines()[users.line - 1]


def test_what_is_within_the_plan_costs_no_more() -> None:
    assert told(terms(held(), used=250).charges[0]) == [("pro@1", "600.00")]


def test_invoice_day_itself_is_past_when_it_has_begun() -> None:
    assert terms(held(), now=INVOICE).charges[0].on == datetime(2026, 5, 1, tzinfo=UTC)
    assert terms(held(), now=INVOICE - timedelta(seconds=1)).charges[0].on == INVOICE
    assert terms(held(), now=datetime(2026, 12, 31, tzinfo=UTC)).charges[0].on == datetime(
        2027, 1, 1, tzinfo=UTC
    )


def test_invoice_day_begins_in_the_zone_of_the_subject() -> None:
    (charge,) = terms(held(), time_zone="Asia/Kathmandu").charges
    assert charge.on == datetime(2026, 3, 31, 18, 15, tzinfo=UTC)


def test_without_an_invoice_day_the_month_of_the_subscription_counts() -> None:
    catalog = replace(SHIPPED, terms=MappingProxyType({}))
    start = datetime(2026, 1, 31, tzinfo=UTC)
    assert terms(held(start=start), catalog=catalog).charges[0].on == datetime(2026, 3, 31, tzinfo=UTC)
    assert terms(held(start=None), catalog=catalog).charges[0].on is None
    assert terms(catalog=catalog).charges[0].on is None


def test_year_is_paid_on_its_anniversary_and_extra_users_on_the_invoice_day() -> None:
    extra, year = terms(held(cadence="annual"), used=251).charges
    assert (extra.on, told(extra)) == (INVOICE, [("mobile_users", "2.00")])
    anniversary = (NOW - 90 * DAY).replace(year=2026)
    assert (year.on, told(year)) == (anniversary, [("pro@1", "6000.00")])


def test_charges_come_by_day_whichever_it_is() -> None:
    start = datetime(2025, 3, 10, tzinfo=UTC)
    year, extra = terms(held(start=start, cadence="annual"), used=251).charges
    assert (year.on, extra.on) == (start.replace(year=2026), INVOICE)


def test_what_falls_on_one_day_is_one_charge() -> None:
    (charge,) = terms(held(start=INVOICE.replace(year=2025), cadence="annual"), used=251).charges
    assert (charge.on, told(charge)) == (INVOICE, [("mobile_users", "2.00"), ("pro@1", "6000.00")])
    (charge,) = terms(a_year(end=INVOICE)).charges
    assert told(charge) == [("community@3", "0.00"), ("pro@1", "-5030.14")]  # 59 of 365 days are charged


def test_year_that_ends_is_paid_only_if_another_follows() -> None:
    end = datetime(2026, 6, 1, tzinfo=UTC)
    ending = held(start=end.replace(year=2025), end=end, cadence="annual")
    assert [told(c) for c in terms(ending).charges] == []
    following = Subscription("advanced@0", end, None, "annual")
    (year,) = terms(ending, following).charges
    assert (year.on, told(year)) == (end, [("advanced@0", "12000.00")])


def test_what_is_to_change_by_then_counts() -> None:
    downgrade = NOW + 10 * DAY
    (charge,) = terms(held(end=downgrade), held("standard@1", downgrade), used=130).charges
    assert told(charge) == [("standard@1", "300.00"), ("mobile_users", "10.00")]
    raised = Override("agreement", "so", "ops", None, None, cap="mobile_users", at_least=200)
    (charge,) = terms(held("standard@1"), used=130, overrides=(raised,)).charges
    assert told(charge) == [("standard@1", "300.00")]


def test_add_on_is_charged_while_it_lasts() -> None:
    add_ons = (AddOnPeriod("report_builder_15_reports"), AddOnPeriod("report_builder_30_reports", None, NOW))
    (charge,) = terms(held(add_ons=add_ons)).charges
    assert told(charge) == [("pro@1", "600.00"), ("report_builder_15_reports", None)]
    assert charge.lines[1].unknown == "the price is on request"
    assert (charge.total, charge.at_least) == (None, Decimal(600))


def test_price_that_is_not_stated_is_unknown_and_so_is_the_total() -> None:
    (charge,) = terms(held("enterprise@0")).charges
    assert (told(charge), charge.total) == ([("enterprise@0", None)], None)
    pro = replace(SHIPPED.plan("pro"), price=replace(SHIPPED.plan("pro").price, annual_total=None))
    catalog = replace(SHIPPED, versions=MappingProxyType({**SHIPPED.versions, "pro@1": pro}))
    (year,) = terms(held(cadence="annual"), catalog=catalog).charges
    assert year.lines[0].unknown == "no annual price is stated"


def test_use_that_nobody_knows_is_not_nothing() -> None:
    (charge,) = terms(held(), used=None).charges
    assert [(line.key, line.unknown) for line in charge.lines[1:]] == [("mobile_users", "nobody answered")]
    assert charge.total is None


def test_price_by_rate_is_unknown_only_where_it_is_charged() -> None:
    usage = {"mobile_users": Usage(0), "sms": Usage(51)}
    (charge,) = terms(held(), usage=usage).charges
    assert (charge.lines[1].key, charge.lines[1].count, charge.lines[1].amount) == ("sms", 1, None)


@pytest.mark.parametrize(
    ("kind", "payer"),
    [("pro_bono", "nobody"), ("developer", "nobody"), ("trial", "nobody"), ("bundle", "agreement")],
)
@pytest.mark.parametrize("cadence", ["monthly", "annual"])
def test_who_does_not_pay_for_the_plan_pays_for_what_goes_beyond_it(
    kind: Any, payer: str, cadence: Any
) -> None:
    given = held(kind=kind, end=NOW + 900 * DAY, cadence=cadence)
    found = terms(given, used=253)
    assert found.pays == payer
    assert [told(charge) for charge in found.charges] == [[("mobile_users", "6.00")]]
    assert terms(given, used=250).charges == ()


def test_exception_that_raises_the_cap_waives_what_goes_beyond_the_plan() -> None:
    waived = Override("agreement", "so", "ops", None, None, cap="mobile_users", set_to="unlimited")
    assert terms(held(kind="bundle"), used=900, overrides=(waived,)).charges == ()


def test_who_has_no_subscription_pays_for_users_beyond_the_default_plan() -> None:
    found = terms(used=12)
    assert (found.pays, found.earliest_end) == ("subscriber", None)
    assert told(found.charges[0]) == [("community@3", "0.00"), ("mobile_users", "4.00")]


def test_plan_without_a_price_for_more_is_charged_for_no_more() -> None:
    assert told(terms(held("paused@0"), used=900).charges[0]) == [("paused@0", "0.00")]


def test_credits_are_used_up_in_the_order_of_days() -> None:
    month, year = terms(held(cadence="annual"), used=260, credits=Decimal(50)).charges
    assert told(month) == [("mobile_users", "20.00"), ("credits", "-20.00")]
    assert told(year) == [("pro@1", "6000.00"), ("credits", "-30.00")]
    (charge,) = terms(held(), credits=Decimal(900)).charges
    assert told(charge)[1] == ("credits", "-600.00")
    assert charge.total == Decimal(0)
    assert terms(held(), credits=Decimal(900)).credits == 900


# A year that is given up early, and years that are paid when they are over

FEBRUARY = datetime(2026, 2, 1, tzinfo=UTC)
IN_ARREARS = replace(
    SHIPPED,
    terms=MappingProxyType(
        {**SHIPPED.terms, "annual": MappingProxyType({**SHIPPED.terms["annual"], "paid": "in_arrears"})}
    ),
)


def a_year(start: datetime = FEBRUARY, end: datetime | None = None, plan: str = "pro@1") -> Subscription:
    return Subscription(plan, start, end, "annual")


def test_year_that_is_given_up_early_is_paid_back_but_for_its_days() -> None:
    end = datetime(2026, 3, 10, tzinfo=UTC)
    refund, after = terms(a_year(end=end), used=60, credits=Decimal(50)).charges
    assert (refund.on, told(refund)) == (end, [("pro@1", "-5391.78")])  # 37 of 365 days cost 608.22
    (line,) = refund.lines
    assert (line.what, line.days) == ("refund", 328)
    assert "annual:" in (shipped_folder() / "catalog.yaml").read_text().splitlines()[line.mark.line - 1]
    assert refund.total == Decimal("-5391.78")
    assert (after.on, told(after)[1:]) == (INVOICE, [("mobile_users", "100.00"), ("credits", "-50.00")])


def test_year_is_given_up_early_within_90_days_and_no_later() -> None:
    later = datetime(2026, 5, 2, tzinfo=UTC)
    assert [charge.on for charge in terms(a_year(end=later - DAY)).charges] == [later - DAY]
    assert terms(a_year(end=later)).charges == ()


def test_day_that_has_begun_is_charged_whole_and_leap_years_are_longer() -> None:
    afternoon = datetime(2026, 3, 10, 15, tzinfo=UTC)
    assert terms(a_year(end=afternoon)).charges[0].lines[0].days == 365 - 38
    start = datetime(2027, 3, 1, tzinfo=UTC)
    _, year, refund = terms(a_year(start, start + 10 * DAY)).charges
    assert (told(year), year.on) == ([("pro@1", "6000.00")], start)
    assert (refund.lines[0].days, told(refund)) == (356, [("pro@1", "-5836.07")])


def test_what_of_a_year_cannot_be_told_cannot_be_paid_back_in_figures() -> None:
    given_up = replace(a_year(end=NOW + DAY), add_ons=(AddOnPeriod("report_builder_15_reports"),))
    refund = terms(given_up).charges[0]
    assert [(line.key, line.unknown) for line in refund.lines] == [
        ("pro@1", None),
        ("report_builder_15_reports", "the price is on request"),
    ]
    assert refund.total is None
    free = terms(a_year(end=NOW + DAY, plan="community@3")).charges
    assert [line.what for charge in free for line in charge.lines] == ["plan"]


def test_year_that_is_paid_in_arrears_is_charged_when_it_is_over() -> None:
    (year,) = terms(a_year(), catalog=IN_ARREARS).charges
    assert (year.on, told(year)) == (FEBRUARY.replace(year=2027), [("pro@1", "6000.00")])
    (first,) = terms(a_year(NOW + DAY), catalog=IN_ARREARS).charges
    assert first.on == (NOW + DAY).replace(year=2027)


def test_year_in_arrears_is_that_of_the_plan_that_was() -> None:
    end = datetime(2026, 6, 1, tzinfo=UTC)
    following = a_year(end, plan="advanced@0")
    (year,) = terms(a_year(end=end), following, catalog=IN_ARREARS).charges
    assert (year.on, told(year)) == (end, [("pro@1", "6000.00")])
    (year,) = terms(a_year(end=end), following, catalog=IN_ARREARS, now=end).charges
    assert (year.on, told(year)) == (end.replace(year=2027), [("advanced@0", "12000.00")])


def test_year_in_arrears_that_is_given_up_early_is_charged_for_its_days() -> None:
    year = terms(a_year(end=datetime(2026, 3, 10, tzinfo=UTC)), catalog=IN_ARREARS).charges[0]
    (line,) = year.lines
    assert (told(year), line.days) == ([("pro@1", "608.22")], 37)
    assert "price:" in (shipped_folder().parent / line.mark.file).read_text().splitlines()[line.mark.line - 1]
    for never in (a_year(end=FEBRUARY), a_year(NOW + DAY, NOW + DAY)):
        charges = terms(never, catalog=IN_ARREARS).charges
        assert [line.key for charge in charges for line in charge.lines] == ["community@3"]


def test_credits_in_a_store_are_taken_off_by_the_rule_of_the_catalog() -> None:
    (charge,) = terms(held(), credits=Decimal(50)).charges
    mark = charge.lines[-1].mark
    assert "credits:" in (shipped_folder() / "catalog.yaml").read_text().splitlines()[mark.line - 1]


# What else binds


def test_earliest_end_says_by_which_rule_and_where_it_stands() -> None:
    found = terms(held(start=datetime(2026, 2, 15, tzinfo=UTC)))
    assert found.earliest_end is not None
    assert found.earliest_end.at == datetime(2026, 3, 17, tzinfo=UTC)
    document = found.to_json()["earliest_end"]
    assert document["why"] == "a monthly subscription lasts at least 30 days, and this one began 2026-02-15"
    assert document["source"]["file"] == "plans/catalog.yaml"
    line = (shipped_folder() / "catalog.yaml").read_text().splitlines()[document["source"]["line"] - 1]
    assert "monthly: {days: 30}" in line
    annual = terms(held(cadence="annual")).to_json()["earliest_end"]
    assert annual["why"].startswith("an annual subscription lasts to the end of its term")
    bundle = held(kind="bundle", end=NOW + DAY, mark=Mark("spaces.yaml", 7))
    assert terms(bundle).to_json()["earliest_end"]["source"] == {"file": "spaces.yaml", "line": 7}
    exempt = terms(held(kind="developer")).to_json()["earliest_end"]["source"]
    assert exempt["line"] == annual["source"]["line"] + 1


def test_invoices_go_to_billing_contacts_else_to_web_admins() -> None:
    both = {"billing": ("pay@example.org",), "admins": ("ada@example.org",)}
    found = terms(held(), contacts=both)
    assert (found.invoices_to, found.recipients) == (("pay@example.org",), "billing_contacts")
    found = terms(held(), contacts={"billing": (), "admins": ("ada@example.org",)})
    assert (found.invoices_to, found.recipients) == (("ada@example.org",), "web_admins")
    assert terms(held()).recipients is None


def test_year_may_be_given_up_for_the_rest_of_the_money_within_90_days() -> None:
    start = datetime(2026, 2, 1, tzinfo=UTC)
    found = terms(held(start=start, cadence="annual"))
    assert found.refund_until == datetime(2026, 5, 2, tzinfo=UTC)
    assert found.to_json()["annual"]["paid"] == "in_advance"
    later = terms(held(start=start, cadence="annual"), now=datetime(2026, 5, 2, tzinfo=UTC))
    assert later.refund_until is None
    assert terms(held(start=start)).to_json()["annual"] is None
    assert terms(held(start=start, cadence="annual", kind="pro_bono")).refund_until is None


def test_terms_are_those_of_the_instant_asked_about() -> None:
    engine = Engine.open(
        SHIPPED,
        MemorySource([SubjectRecord("space", (held(end=NOW + DAY), held("standard@1", NOW + DAY)))]),
        clock=FixedClock(NOW),
    )
    assert engine.terms("space").plan.ref == "pro@1"
    assert engine.terms("space", at=NOW + DAY).plan.ref == "standard@1"


def test_catalog_that_says_nothing_of_terms_leaves_them_out() -> None:
    document = terms(held(), catalog=replace(small(), terms=MappingProxyType({})), usage={}).to_json()
    assert document["payment"] == {
        "timing": [],
        "methods": [],
        "autopay": None,
        "source": {"file": None, "line": None},
    }
    assert (document["invoices"]["to"], document["invoices"]["day"]) == ([], None)


def test_prices_are_equal_wherever_they_stand() -> None:
    pro = SHIPPED.plan("pro")
    assert replace(pro.price, mark=pro.mark) == pro.price
