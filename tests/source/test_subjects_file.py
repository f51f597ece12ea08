"""Subject records from YAML and JSON lines: values, places of mistakes, dates in time zones."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from entitlements import CatalogError, Engine, SourceError, SubjectsFile
from entitlements.catalog.load import shipped_folder

FULL = {
    "subject": "garden",
    "plan": "pro@0",
    "start": "2026-01-15",
    "end": "2027-01-15",
    "cadence": "annual",
    "kind": "bundle",
    "add_ons": ["report_builder_15_reports"],
    "overrides": [
        {
            "kind": "pro_bono",
            "give": "geocoder",
            "because": "asked",
            "by": "ops",
            "start": "2026-01-01",
            "end": "never",
        }
    ],
    "baa_signed_on": "2026-02-01",
    "contacts": {"billing": ["a@example.org"]},
    "credits": "120.00",
    "time_zone": "Africa/Nairobi",
    "usage": {
        "mobile_users": 212,
        "cloudcare": "unknown",
        "outbound_sms": {"count": 6, "exempt": 1, "examples": [{"label": "ANC 😀", "url": "/x"}]},
    },
}


def written(folder: Path, name: str, text: str) -> SubjectsFile:
    (folder / name).write_text(text, encoding="utf-8")
    return SubjectsFile(folder / name)


@pytest.mark.parametrize("name", ["s.jsonl", "s.yaml"])
def test_both_forms_give_the_same_record(tmp_path: Path, name: str) -> None:
    line = json.dumps(FULL) if name == "s.jsonl" else f"- {json.dumps(FULL, ensure_ascii=False)}"
    record = written(tmp_path, name, f"{line}\n").load("garden")
    assert record is not None
    subscription = record.subscriptions[0]
    assert (subscription.plan, subscription.kind, subscription.cadence) == ("pro@0", "bundle", "annual")
    assert subscription.start == datetime(2026, 1, 14, 21, tzinfo=UTC)  # the day begins in Nairobi
    assert [a.key for a in subscription.add_ons] == ["report_builder_15_reports"]
    assert (record.overrides[0].give, record.overrides[0].end) == ("geocoder", None)
    assert record.credits == Decimal("120.00")
    assert record.usage["mobile_users"].count == 212
    assert record.usage["cloudcare"].count is None
    assert record.usage["outbound_sms"].examples[0].label == "ANC 😀"
    assert record.usage["outbound_sms"].exempt == 1


def test_first_record_may_fix_the_clock(tmp_path: Path) -> None:
    source = written(tmp_path, "s.yaml", "- now: 2026-03-01T12:00:00Z\n- subject: a\n")
    assert Engine.open(source=source).entitlements("a").at == datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"subject": "a"}\n{"subject": 3}\n', ("S203", 2)),
        ('{"subject": "a"}\n\n{"subject": }\n', ("Y108", 3)),
        ('{"subject": "a"}\n{"subject": "a"}\n', ("R311", 2)),
        ('{"subject": "a", "subject": "b"}\n', ("Y110", 1)),
        ('{"subject": "a", "credits": NaN}\n', ("Y116", 1)),
        ('{"subject": "a", "time_zone": "Mars"}\n', ("R321", 1)),
        ('{"subject": "a", "plan": "pro", "start": "2026-02-30"}\n', ("S206", 1)),
        (f'{{"subject": {"[" * 200_000}\n', ("Y109", 1)),
        (f'{{"subject": "a", "credits": {"9" * 5000}}}\n', ("Y109", 1)),
        ("[1]\n", ("S203", 1)),
        ("3\n", ("S203", 1)),
    ],
)
def test_mistake_in_json_lines_is_shown_at_its_line(tmp_path: Path, text: str, place: Any) -> None:
    with pytest.raises(CatalogError) as caught:
        written(tmp_path, "s.jsonl", text)
    assert [(p.code, p.mark.line) for p in caught.value.problems] == [place]


def test_bytes_that_are_not_utf8_are_shown_at_their_line(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_bytes(b'{"subject": "a"}\n{"subject": "\xff"}\n')
    with pytest.raises(CatalogError) as caught:
        SubjectsFile(tmp_path / "s.jsonl")
    assert [(p.code, p.mark.line, p.mark.column) for p in caught.value.problems] == [("Y101", 2, 14)]


def test_all_problems_of_a_file_come_at_once(tmp_path: Path) -> None:
    text = "- subject: a\n  plan: pro\n  kind: gift\n- subject: b\n  cadense: annual\n"
    with pytest.raises(CatalogError) as caught:
        written(tmp_path, "s.yaml", text)
    assert [(p.code, p.mark.line) for p in caught.value.problems] == [("S204", 3), ("S201", 5)]


def test_file_that_is_not_there_is_a_source_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no subjects file"):
        SubjectsFile(tmp_path / "none.yaml")


def test_shipped_samples_answer() -> None:
    source = SubjectsFile(shipped_folder() / "samples" / "project-spaces.yaml")
    assert len(list(source.subjects())) == 13
    assert set(source.load_many(["demo-health", "nobody"])) == {"demo-health"}
