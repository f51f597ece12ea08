from __future__ import annotations

from pathlib import Path
from typing import Any


def test_it_says_how_long_one_is_bound_and_what_is_charged_next(cli: Any) -> None:
    ran = cli("terms", "demo-standard")
    assert ran.code == 0
    assert ran.lines[0] == "demo-standard: Standard (standard@1), product, monthly"
    assert "Earliest end 2026-03-17: a monthly subscription lasts at least 30 days" in ran.words
    assert "on day 1 of the month, to the billing contacts: accounts@example.org" in ran.words
    assert "Estimate of the charge on 2026-04-01: 300.00 USD" in ran.lines
    assert max(map(len, ran.lines)) <= 80


def test_an_end_that_is_free_is_any_time(cli: Any) -> None:
    assert "Earliest end any time: a monthly subscription" in cli("terms", "demo-health").words


def test_credits_are_taken_off_and_said_to_last(cli: Any) -> None:
    words = cli("terms", "demo-health").words
    assert "120.00 USD; they never expire and survive a downgrade and the end of a subscription" in words
    assert "Credits -120.00 project-spaces.yaml:" in words
    assert "Estimate of the charge on 2026-04-01: 480.00 USD" in words


def test_a_year_is_a_charge_of_its_own(cli: Any) -> None:
    words = cli("terms", "demo-advanced").words
    assert "Paid in advance, due within 30 days. Ended within 90 days, it is charged for its days" in words
    assert "Refund" not in words
    assert "Estimate of the charge on 2026-07-01: 10,500.00 USD" in words
    early = cli("--at", "2025-07-15", "terms", "demo-advanced").words
    assert "Refund ended through 2025-09-28, the rest of the year is paid back" in early


def test_what_cannot_be_told_is_not_taken_for_nothing(cli: Any) -> None:
    words = cli("terms", "demo-advanced").words
    assert "on 2026-04-01: 0.00 USD or more" in words
    assert "370 messages more (the price depends on the not known" in words
    assert "further mobile users (not measured) not known" in cli("terms", "demo-new").words


def test_who_does_not_pay_for_the_plan_is_told_so(cli: Any) -> None:
    assert "Price nothing, but for what is used beyond the plan" in cli("terms", "demo-developer").words
    assert "Price covered by its agreement, but for what" in cli("terms", "demo-bundle").words
    assert "Price" not in cli("terms", "demo-health").words
    assert "without a subscription" in cli("terms", "demo-new").words
    assert "to nobody yet: no contacts are entered" in cli("terms", "demo-new").words


def test_the_end_of_a_bundle_shows_what_it_will_cost(cli: Any) -> None:
    words = cli("terms", "demo-bundle").words
    assert "2026-03-16: a bundle lasts as long as its agreement" in words
    assert "166 mobile users more at 2.00 USD 332.00 plans/community.yaml:" in words


def test_json_follows_its_schema_for_every_sample(cli: Any) -> None:
    kinds = set()
    for name in ["standard", "advanced", "bundle", "new", "developer", "enterprise", "pro-v0"]:
        document = cli("terms", f"demo-{name}", "--json").document
        kinds.add(document["kind"])
        for charge in document["charges"]:
            assert all(line["source"]["line"] for line in charge["lines"])
    assert kinds == {"product", "bundle", "developer", None}


def test_somebody_unknown_is_wrong_usage_unless_assumed(cli: Any) -> None:
    ran = cli("terms", "demo-helth")
    assert (ran.code, "demo-health" in ran.err) == (2, True)
    assert cli("terms", "nobody", "--assume-default").code == 0


def test_an_agreement_that_is_about_to_lapse_is_told(cli: Any, tmp_path: Path) -> None:
    held = "plan: advanced, start: 2025-03-16, end: 2026-03-16, kind: bundle"
    space = f"{{subject: hill, {held}, baa_signed_on: 2025-04-01}}"
    file = tmp_path / "hill.yaml"
    file.write_text(f"- {{now: 2026-03-01T00:00:00Z}}\n- {space}\n")
    words = cli("--source", str(file), "terms", "hill").words
    assert "Agreement the BAA in force lapses on 2026-03-16 unless a plan that offers it follows" in words
    assert (
        cli("--source", str(file), "terms", "hill", "--json")
        .document["baa_lapses_on"]
        .startswith("2026-03-16")
    )
    assert "lapses" not in cli("--source", str(file), "--at", "2026-02-01", "terms", "hill").words
