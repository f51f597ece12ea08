"""The commands that count: seats, use and usage."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Store = Callable[..., Any]
REPORTS = ("hill", "builder_reports")


@pytest.fixture
def store(cli: Any) -> Store:
    """`store("seats", "list", …)` runs the command on a store that knows "hill", which has Pro."""

    def ran(*words: str) -> Any:
        return cli("--source", "sqlite:///spaces.db", *words)

    assert ran("subscribe", "hill", "pro", "--by", "ada").code == 0
    return ran


def test_seats_are_reserved_until_there_is_no_room(store: Store) -> None:
    held = store("seats", "reserve", *REPORTS, "4", "--key", "ann", "--starts-at", "0", "--by", "ada")
    assert held.code == 0
    assert held.words == (
        "hill: 4 of builder_reports held by ann Report builder reports: there is room. 0 reports of 5 in use."
    )
    full = store("seats", "reserve", *REPORTS, "2", "--key", "ben")
    assert full.code == 1
    assert full.lines[0] == "hill: nothing of builder_reports is held"
    assert "4 reports of 5 in use. An add-on that helps:" in full.words
    assert "2 wanted. Latest holders: ann (4)." in full.words
    listed = store("seats", "list", *REPORTS)
    assert listed.lines[0] == "hill, builder_reports: 4 in use, 5 included"
    assert listed.lines[-1].split()[:2] == ["ann", "4"]
    assert listed.lines[-1].endswith("ada")


def test_what_was_never_counted_is_refused_with_the_way_out(store: Store) -> None:
    refused = store("seats", "reserve", *REPORTS, "--key", "ann")
    assert refused.code == 1
    assert "Hint: say how many there are: entitlements seats reconcile hill builder_reports --count N" in (
        refused.words
    )
    listed = store("seats", "list", *REPORTS, "--json").document
    assert (listed["used"], listed["unknown"]) == (None, "never counted")
    began = store("seats", "reconcile", *REPORTS, "--count", "5")
    assert began.lines == [
        "0 were held; there are 5.",
        "Nothing was counted before; counting begins with this.",
    ]
    assert store("seats", "reserve", *REPORTS, "--key", "ann").code == 1
    assert store("check", "hill", "cap.builder_reports").code == 1


def test_a_soft_cap_says_what_lies_beyond_it(store: Store) -> None:
    store("seats", "reconcile", "hill", "mobile_users", "--count", "249")
    made = store("seats", "reserve", "hill", "mobile_users", "3", "--key", "guests")
    assert made.lines[-1] == "2 beyond what is included: 4.00 USD a month."


def test_documents_follow_their_schemas(store: Store) -> None:
    unknown = store("seats", "reserve", *REPORTS, "--key", "ann", "--json").document
    assert (unknown["reason"], unknown["hold"], unknown["written"]) == ("usage_unknown", None, False)
    words = ("seats", "reserve", *REPORTS, "5", "--key", "ann", "--starts-at", "0", "--lease", "2h", "--json")
    made = store(*words, "--by", "ada", "--because", "New").document
    assert (made["written"], made["hold"]["n"], made["hold"]["by"]) == (True, 5, "ada")
    assert made["hold"]["until"] > made["hold"]["since"]
    full = store("seats", "reserve", *REPORTS, "--key", "ben", "--json").document
    assert (full["reason"], full["held"], full["holders"][0]["key"]) == ("cap_reached", 5, "ann")
    assert full["unlocked_by_add_ons"][0] == "report_builder_15_reports"
    assert store("seats", "commit", *REPORTS, "--key", "ann", "--json").document["hold"]["until"] is None
    assert store("seats", "release", *REPORTS, "--key", "ann", "--json").document["written"]
    assert store("seats", "release", *REPORTS, "--key", "ann", "--json").document["hold"] is None
    assert store("use", "hill", "sms", "3", "--key", "a", "--json").document["hold"]["n"] == 3
    assert store("seats", "list", *REPORTS, "--json").document["holds"] == []


def test_a_rehearsal_shows_the_same_and_writes_nothing(store: Store) -> None:
    words = ("seats", "reserve", *REPORTS, "5", "--key", "ann", "--starts-at", "0")
    assert store(*words, "--dry-run").lines[0] == "hill: 5 of builder_reports would be held by ann"
    assert store("seats", "list", *REPORTS, "--json").document["used"] is None
    store(*words)
    assert store("seats", "reserve", *REPORTS, "--key", "ben", "--dry-run").code == 1
    released = store("seats", "release", *REPORTS, "--key", "ann", "--dry-run")
    assert released.lines == ["hill: 5 of builder_reports would be released, ann"]
    assert store("seats", "list", *REPORTS, "--json").document["used"] == 5


def test_reconciling_names_what_differs(store: Store, tmp_path: Path) -> None:
    store("seats", "reserve", "hill", "mobile_users", "--key", "ann", "--starts-at", "0")
    store("seats", "reserve", "hill", "mobile_users", "--key", "ben")
    (tmp_path / "users.txt").write_text("ben\n\ncat\n")
    words = ("seats", "reconcile", "hill", "mobile_users", "--keys", "users.txt")
    rehearsed = store(*words, "--dry-run")
    assert rehearsed.code == 1
    assert rehearsed.lines == ["2 were held; there are 2.", "  + cat", "  - ann", "Nothing was written."]
    document = store(*words, "--json").document
    assert (document["missing"], document["surplus"]) == ([{"key": "cat", "n": 1}], [{"key": "ann", "n": 1}])
    assert store(*words, "--dry-run").code == 0
    holds = store("seats", "list", "hill", "mobile_users", "--json").document["holds"]
    assert {hold["key"] for hold in holds} == {"ben", "cat"}


def test_use_begins_with_nothing_each_month(store: Store) -> None:
    assert store("use", "hill", "sms", "3", "--key", "broadcast-1").code == 0
    assert store("use", "hill", "sms", "3", "--key", "broadcast-1").code == 0
    assert store("check", "hill", "cap.sms", "--json").document["used"] == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("seats", "reserve", "hil", "mobile_users", "--key", "a"), 'no project space "hil" in the store'),
        (("seats", "reserve", "hill", "mobile_user", "--key", "a"), 'did you mean "mobile_users"?'),
        (("seats", "reserve", "hill", "sms", "--key", "a"), "use it up with engine.use"),
        (("seats", "reserve", "hill", "mobile_users", "--key", " "), "cannot be empty"),
        (("seats", "reserve", "hill", "mobile_users", "--key", "a", "--lease", "soon"), "such as 30s, 15m"),
        (("seats", "commit", "hill", "mobile_users", "--key", "a"), "it was never reserved"),
        (("seats", "reconcile", "hill", "mobile_users"), "give either --count N or --keys FILE"),
        (("use", "hill", "mobile_users", "--key", "a"), "reserve it with engine.seats"),
        (("usage", "set", "hill", "mobile_users", "many"), "neither a whole number nor unknown"),
        (("usage", "set", "hill", "mobile_user", "3"), "did you mean mobile_users"),
        (("usage", "set", "hil", "mobile_users", "3"), "did you mean hill?"),
        (("usage", "show", "hill", "api_acess"), "did you mean api_access"),
        (("usage", "import", "nothing.csv"), "there is no file nothing.csv"),
    ],
)
def test_a_slip_is_named_and_nothing_happens(store: Store, words: tuple[str, ...], said: str) -> None:
    refused = store(*words)
    assert refused.code == 2
    assert said in refused.err
    assert "Traceback" not in refused.err


def test_usage_is_set_and_shown(store: Store) -> None:
    done = store("usage", "set", "hill", "outbound_sms", "6", "--example", "ANC visit", "--exempt", "1")
    assert done.lines == ["1 measurement of 1 project space recorded."]
    store("usage", "set", "hill", "cloudcare", "unknown")
    shown = store("usage", "show", "hill")
    assert [line.split()[0] for line in shown.lines[2:]] == MEASURED
    assert "unknown" in shown.lines[2]
    one = store("usage", "show", "hill", "outbound_sms").lines
    assert one[:3] == ["outbound_sms: 6 in use", "  such as ANC visit", "  1 of them do not count"]
    assert store("usage", "show", "hill", "api_access").lines == ["api_access: not measured in use"]


#: What was set, and the caps whose month begins with nothing.
MEASURED = ["cloudcare", "form_submitting_workers", "outbound_sms", "sms"]


def test_usage_is_imported_from_lines_and_tables(store: Store, tmp_path: Path) -> None:
    lines = [
        {"subject": "hill", "usage": {"mobile_users": {"count": 212, "measured_at": "2026-03-01"}}},
        {"subject": "hill", "usage": {"mobile_users": {"count": 214, "measured_at": "2026-03-02"}, "sms": 7}},
    ]
    (tmp_path / "usage.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    imported = store("usage", "import", "usage.jsonl", "--json").document
    assert (imported["measurements"], imported["subjects"], imported["written"]) == (3, 1, True)
    (tmp_path / "usage.csv").write_text(
        "\ufeffsubject;key;count;examples;measured_at\n"
        "hill;mobile_users;200;;2026-03-02T09:00:00Z\n"
        "\n"
        'hill;outbound_sms;6;"ANC visit;PNC, visit";\n'
        "hill;cloudcare;unknown;;\n",
        encoding="utf-8",
    )
    assert store("usage", "import", "usage.csv", "--dry-run").words.endswith("would be recorded.")
    assert store("usage", "import", "usage.csv").lines == ["3 measurements of 1 project space recorded."]
    shown = store("usage", "show", "hill", "mobile_users", "--days", "36500", "--json").document
    (users,) = shown["usage"]
    assert [(day["day"], day["peak"], day["last"]) for day in users["days"]] == [
        ("2026-03-01", 212, 212),
        ("2026-03-02", 214, 200),
    ]
    assert users["count"] == 200
    (sms,) = store("usage", "show", "hill", "outbound_sms", "--json").document["usage"]
    assert [example["label"] for example in sms["examples"]] == ["ANC visit", "PNC, visit"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.jsonl", '{"subject": "hill", "usage": {"sms": 1}}\n{"subject": ', "a.jsonl:2:12: Y108"),
        ("a.jsonl", '{"subject": "hill", "usage": {"sms": -1}}', "a.jsonl:1:1: S206"),
        (
            "a.jsonl",
            '{"subject": "hill", "usage": {"smss": 1}}',
            'R301 hill uses the unknown feature or cap "smss"',
        ),
        (
            "a.jsonl",
            '{"subject": "hill", "usage": {"sms": {"count": 1, "measured_at": "2026-02-30"}}}',
            "S206",
        ),
        ("a.csv", "subject,key\nhill,sms\n", "a.csv:1:1: S202 the first line names no column count"),
        ("a.csv", "subject,key,cuont\nhill,sms,1\n", 'S201 unknown column "cuont"; did you mean "count"?'),
        ("a.csv", "subject,key,count\nhill,sms,1\nhill,sms,x\n", "a.csv:3:1: S204"),
        ("a.csv", "subject,key,count\nhill,sms,1,2\n", "a.csv:2:1: S201 this row has 4 cells"),
        ("a.csv", 'subject,key,count\n"hill\n",sms,1\nhill,sms,x\n', "a.csv:4:1: S204"),
        ("a.csv", "subject,key,count\nhill,smss,1\n", "a.csv:2:1: R301"),
        (
            "a.csv",
            "subject,key,count\nhil,sms,1\nhul,sms,1\n",
            'a.csv:2: no project space "hil" in the store, nor 1',
        ),
        ("a.csv", "", "a.csv:1:1: S202"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_recorded(
    store: Store, tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text)
    refused = store("usage", "import", name)
    assert refused.code == 2
    assert said in " ".join(refused.err.split())
    assert store("check", "hill", "cap.sms", "--json").document["used"] == 0


def test_bytes_that_are_no_text_are_named(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"subject,key,count\nh\xe4ll,sms,1\n")
    assert "a.csv:2:2: Y101 this line is not UTF-8" in store("usage", "import", "a.csv").err


def test_new_subjects_are_taken_when_asked(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("subject,key,count\nbrook,mobile_users,3\n")
    assert store("usage", "import", "a.csv").code == 2
    assert store("usage", "import", "a.csv", "--new").code == 0
    assert store("check", "brook", "cap.mobile_users", "--json").document["used"] == 3


def test_a_source_that_is_only_read_takes_no_seats(cli: Any) -> None:
    refused = cli("seats", "reserve", "demo-health", "builder_reports", "--key", "a")
    assert refused.code == 2
    assert "is only read" in refused.err
    listed = cli("seats", "list", "demo-health", "builder_reports")
    assert listed.code == 2
    assert "keeps no counts" in listed.err
    assert cli("usage", "show", "demo-health").code == 0
