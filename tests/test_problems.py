"""Which name a slip of the pen surely stands for, and what a fix is to those who read JSON."""

from __future__ import annotations

import pytest

from entitlements.problems import Fix, Mark, Replacement, did_you_mean, suggestion, surely_meant

KNOWN = [
    "api_access",
    "pro",
    "report_builder_5_reports",
    "report_builder_15_reports",
    "reports",
    "exports",
    "sms",
]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("api_acess", "api_access"),
        ("api-access", "api_access"),
        ("API_Access", "api_access"),
        ("apiaccess", "api_access"),
        ("reprots", "reports"),
        ("PRO", "pro"),
        ("report_builder_15_report", "report_builder_15_reports"),
        ("report_builder_25_reports", None),
        ("xports", "exports"),
        ("eports", None),  # exports or reports
        ("pra", None),
        ("mms", None),
        ("api", None),
        ("geocoder", None),
    ],
)
def test_a_name_is_put_right_only_when_one_is_surely_meant(name: str, meant: str | None) -> None:
    assert surely_meant(name, KNOWN) == meant


def test_names_that_differ_in_case_alone_leave_it_open() -> None:
    assert surely_meant("Report", ["report", "re_port"]) is None


@pytest.mark.parametrize(("name", "known"), [("pro@1", "pro@0"), ("reports_20", "reports_30")])
def test_another_number_is_no_slip_of_the_pen(name: str, known: str) -> None:
    assert surely_meant(name, [known]) is None


def test_a_fix_says_all_its_parts_in_json() -> None:
    fix = Fix(
        Mark("a.yaml", 2, 3, 2, 5), "", safe=False, also=(Replacement(Mark("a.yaml", 9, 1, 9, 1), "x"),)
    )
    document = fix.to_json()
    assert (document["line"], document["text"], document["safe"]) == (2, "", False)
    assert [(also["line"], also["text"]) for also in document["also"]] == [(9, "x")]
    assert [edit.text for edit in fix.replacements] == ["", "x"]


def test_a_name_that_nobody_can_type_is_never_meant() -> None:
    odd = "p\u202ero"
    assert suggestion("pro", [odd]) is None
    assert suggestion("pru", [odd, "pro"]) == 'did you mean "pro"?'
    assert suggestion("xyz", [odd, "pro"]) == "allowed: pro"


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("report_bulider_5_reports", ["report_builder_5_reports", "report_builder_15_reports"], 0),
        ("report_builder_15_reprots", ["report_builder_5_reports", "report_builder_15_reports"], 1),
        ("report_builder_5_reports", ["report_bulider_5_reports", "report_builder_15_reports"], 0),
        ("exports", ["exprots", "reports"], 0),
        ("EXPORTS", ["reports", "ex_prots"], 1),
    ],
)
def test_the_nearest_name_has_the_same_digits_and_the_fewest_slips(
    name: str, known: list[str], meant: int
) -> None:
    assert did_you_mean(name, known) == known[meant]
