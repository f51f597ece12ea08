"""The forms of findings for other programs: each is read by a real reader, and gives the values back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from junitparser import Failure, JUnitXml, TestCase, TestSuite
from markdown_it import MarkdownIt
from pydantic import BaseModel
from sarif_pydantic import Sarif  # type: ignore[import-untyped]

from entitlements.cli.formats import FORMATS, github, gitlab, junit, markdown, sarif
from entitlements.cli.formats.report import Report, fingerprints
from entitlements.cli.frames import Texts
from entitlements.problems import Fix, Mark, Problem, Related, Replacement
from tests.small_catalog import FILES, edited, write

HOSTILE = (
    "quote \" and ' and `tick` ``` and ~~~",
    "two\nlines\r\nand\rmore",
    "::error file=x::100% done, a:b",
    "]]> <b>&amp;</b> <!-- -->",
    "bell \x07 escape \x1b[31m nul \x00 and \x85",
    "🎉 👩\u200d👩\u200d👧 日本語 e\u0301",
    "left \u202e right \u2066 mark \u200f",
    "| a | b \\| c |",
    "[text](target) {0} {{1}} [x][y]",
    "# *bold* _em_ - [ ] <https://a.example>",
    "long " * 2_000,
    "",
)
FILE = "plans/pro.yaml"
# "Code Quality report format", https://docs.gitlab.com/ci/testing/code_quality/: each property is required.
GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string"},
            "check_name": {"type": "string"},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32,}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!\./|/)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def problem(
    message: str = "wrong", *, code: str = "R301", file: str = FILE, line: int = 1, **more: Any
) -> Problem:
    return Problem(code, message, Mark(file, line, 2, line, 5), **more)


def report(*problems: Problem, files: tuple[str, ...] = (FILE,), strict: bool = False) -> Report:
    return Report(problems, files, None, Texts(Path(), {}), strict)


def hostile(text: str) -> Problem:
    mark = Mark(FILE, 2, 3, 4, 1)
    also = (Replacement(mark, "here too"), Replacement(Mark("plans/b.yaml"), "there too"))
    return problem(text, hint=text, related=(Related(mark, text),), fix=Fix(mark, text, also=also))


# --- the command ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", FORMATS)
def test_every_form_is_written_by_the_command(style: str, cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", edited("pro.yaml", "[reports, security]", "[reprots, security]"))
    ran = cli("validate", "--format", style)
    assert (ran.code, ran.err) == (1, "")
    assert "reprots" in ran.out


@pytest.mark.parametrize("style", FORMATS)
def test_a_sound_catalog_is_fine_in_every_form(style: str, cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans")
    ran = cli("validate", "--format", style)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.strip()


def test_json_is_the_same_as_format_json(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans")
    assert cli("validate", "--json").document == cli("validate", "--format", "json").document


# --- GitHub ---------------------------------------------------------------------------------------------

COMMAND = re.compile(r"::(?P<name>error|warning) (?P<properties>[^:]*)::(?P<data>.*)")


def read_command(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command by the documented grammar: `::name key=value,key=value::data`, with its codes."""
    found = COMMAND.fullmatch(line)
    assert found, line
    pairs = [pair.partition("=")[::2] for pair in found["properties"].split(",")]
    assert all(key in ("file", "line", "endLine", "col", "endColumn", "title") for key, _ in pairs)
    return found["name"], {key: decoded(value) for key, value in pairs}, decoded(found["data"])


def decoded(text: str) -> str:
    assert not re.search("%(?!25|0D|0A|3A|2C)", text)
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


def without_controls(text: str) -> str:
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", "\ufffd", text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_github_command_gives_its_text_back(text: str) -> None:
    (line, totals) = github.written(report(hostile(text))).split("\n")
    name, properties, data = read_command(line)
    assert (name, properties["file"], properties["line"], properties["endLine"]) == ("error", FILE, "1", "1")
    assert (properties["col"], properties["endColumn"]) == ("2", "5")
    assert properties["title"] == "R301 Unknown feature"
    told = f"{FILE}:1:2: R301 {text}\n{FILE}:2: {text}"
    assert data == without_controls(f"{told}\n→ {text}" if text else told)
    assert totals == "1 error in 1 file."


@pytest.mark.parametrize("text", HOSTILE)
def test_a_github_property_gives_its_text_back(text: str) -> None:
    _, properties, _ = read_command(github.annotation(problem(code=text, file=text)))
    assert properties["file"] == without_controls(text)
    assert properties["title"] == without_controls(text)


def test_github_columns_are_left_out_over_several_lines() -> None:
    _, properties, _ = read_command(github.annotation(Problem("R301", "wrong", Mark(FILE, 1, 2, 3, 1))))
    assert (properties["line"], properties["endLine"]) == ("1", "3")
    assert "col" not in properties


def test_github_shows_errors_first_and_ten_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    many = [problem(f"n{n}", line=n, severity="error" if n % 2 else "warning") for n in range(1, 31)]
    *commands, totals, rest = github.written(report(*many)).split("\n")
    assert [read_command(line)[0] for line in commands] == ["error"] * 10 + ["warning"] * 10
    assert totals == "15 errors, 15 warnings in 1 file."
    assert rest == "10 problems are not shown here: run entitlements validate."


def test_github_appends_everything_to_the_summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("of an earlier step\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    many = report(*(problem(f"number {n} of many", line=n) for n in range(1, 31)))
    assert github.written(many).endswith("\nThe summary of this job shows them all.")
    assert summary.read_text() == f"of an earlier step\n{markdown.written(many)}\n"
    assert "number 30 of many" in summary.read_text()


def test_a_summary_that_cannot_be_written_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    many = report(*(problem(f"n{n}", line=n) for n in range(1, 31)))
    assert github.written(many).endswith("20 problems are not shown here: run entitlements validate.")


# --- GitLab ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_a_gitlab_report_has_what_gitlab_requires(text: str) -> None:
    document = json.loads(gitlab.written(report(hostile(text), problem(text, severity="warning"))))
    Draft202012Validator(GITLAB).validate(document)
    assert document[0]["description"] == (f"{text}; {text}" if text else "")
    assert [found["severity"] for found in document] == ["major", "minor"]
    assert document[0]["location"] == {"path": FILE, "lines": {"begin": 1}}


def test_no_findings_are_an_empty_gitlab_list() -> None:
    assert json.loads(gitlab.written(report())) == []


def test_a_fingerprint_stays_when_lines_move() -> None:
    before = [problem(line=1), problem(line=5), problem("other", line=6), problem(code="R302")]
    after = [problem(line=3), problem(line=9), problem("other", line=10), problem(code="R302", line=2)]
    assert fingerprints(before) == fingerprints(after)
    assert len(set(fingerprints(before))) == len(before)


# --- SARIF ----------------------------------------------------------------------------------------------


def unknown_keys(model: Any) -> Iterator[str]:
    """Every key of a SARIF document that its models do not know."""
    if isinstance(model, BaseModel):
        yield from (f"{type(model).__name__}.{key}" for key in model.model_extra or {})
        for name in type(model).model_fields:
            yield from unknown_keys(getattr(model, name))
    elif isinstance(model, list):
        for item in model:
            yield from unknown_keys(item)


def said(message: str) -> str:
    """A message as a consumer shows it: doubled braces are one (3.11.5), escaped brackets are brackets."""
    assert not re.search(r"(?<!\{)\{(?:\{\{)*(?!\{)", message), "a placeholder without arguments"
    return message.replace("{{", "{").replace("}}", "}").replace("\\[", "[")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_sarif_log_follows_the_standard_and_gives_its_texts_back(text: str) -> None:
    written = sarif.written(report(hostile(text), problem(code="X1", severity="warning", line=7)))
    log = Sarif.model_validate_json(written)
    # 3.14.17 has it; these models have not.
    assert set(unknown_keys(log)) == {"Run.columnKind"}
    raw = json.loads(written)
    (run,) = raw["runs"]
    assert (raw["version"], run["columnKind"]) == ("2.1.0", "unicodeCodePoints")
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({rule["id"] for rule in rules})
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        for place in regions(result):
            assert place["startLine"] >= 1
            assert (place["startLine"], place["startColumn"]) <= (place["endLine"], place["endColumn"])
    first, second = run["results"]
    assert said(first["message"]["text"]) == (f"{text}; {text}" if text else "")
    (related,) = first["relatedLocations"]
    assert (related["id"], said(related["message"]["text"])) == (1, text)
    (fix,) = first["fixes"]
    assert [
        (
            change["artifactLocation"]["uri"],
            [new["insertedContent"]["text"] for new in change["replacements"]],
        )
        for change in fix["artifactChanges"]
    ] == [(FILE, [text, "here too"]), ("plans/b.yaml", ["there too"])]
    assert "fixes" not in second
    assert rules[1] == {"id": "X1"}


def regions(node: Any) -> Iterator[dict[str, int]]:
    if isinstance(node, dict):
        yield from ([node] if "startLine" in node else [])
        for value in node.values():
            yield from regions(value)
    elif isinstance(node, list):
        for value in node:
            yield from regions(value)


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("plans/pro.yaml", "plans/pro.yaml"),
        ("plans/mon plan#1?.yaml", "plans/mon%20plan%231%3F.yaml"),
        ("plans/日本.yaml", "plans/%E6%97%A5%E6%9C%AC.yaml"),
        ("/plans/a b.yaml", "file:///plans/a%20b.yaml"),
    ],
)
def test_sarif_names_files_as_uris(file: str, uri: str) -> None:
    (run,) = json.loads(sarif.written(report(problem(file=file))))["runs"]
    found = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert found == uri
    assert unquote(uri).removeprefix("file://") == file


def test_a_sarif_rule_explains_its_code() -> None:
    (run,) = json.loads(sarif.written(report(problem(code="R314"))))["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["shortDescription"]["text"] == "The annual total looks like a monthly price"
    assert said(rule["help"]["text"]).endswith(
        'Right:\n\nprice: {monthly: "100.00", annual_total: "1000.00"}\n'
    )
    blocks = [
        token.content for token in MarkdownIt().parse(said(rule["help"]["markdown"])) if token.type == "fence"
    ]
    assert blocks[1] == 'price: {monthly: "100.00", annual_total: "1000.00"}\n'


# --- JUnit ----------------------------------------------------------------------------------------------


def cases(text: str) -> dict[str, TestCase]:
    (suite,) = JUnitXml.fromroot(JUnitXml.fromstring(text.encode())._elem)
    assert isinstance(suite, TestSuite)
    found = {case.name: case for case in suite}
    assert suite.tests == len(found)
    assert suite.failures == sum(case.is_failure for case in found.values())
    return found


def whole(text: str) -> str:
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_junit_report_gives_its_texts_back(text: str) -> None:
    (case,) = cases(junit.written(report(hostile(text)))).values()
    (failure,) = case.result
    assert isinstance(failure, Failure)
    assert failure.message == whole(str(hostile(text)))
    assert failure.type == "R301"


def test_every_file_read_is_a_junit_case() -> None:
    found = report(
        problem("a"), problem("b"), problem("c", file="gone", code="Y122"), files=(FILE, "plans/a.yaml")
    )
    read = cases(junit.written(found))
    assert {name: case.is_passed for name, case in read.items()} == {
        FILE: False,
        "plans/a.yaml": True,
        "gone": False,
    }
    (failure,) = read[FILE].result
    assert failure.message == f"{FILE}:1:2: R301 a (and 1 more problem)"
    assert "R301 b" in failure.text


def test_a_warning_passes_in_junit_unless_strict() -> None:
    warning = problem("only so", severity="warning")
    passed = cases(junit.written(report(warning)))[FILE]
    assert passed.is_passed
    assert "warning: only so" in passed.system_out
    assert cases(junit.written(report(warning, strict=True)))[FILE].is_failure


# --- Markdown -------------------------------------------------------------------------------------------


def inline_texts(text: str, kind: str) -> list[str]:
    """What a reader sees in each part of `kind`: a heading, a cell."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    found = []
    for number, token in enumerate(tokens):
        if token.type == kind:
            children = tokens[number + 1].children or []
            assert {child.type for child in children} <= {"text", "code_inline", "text_special"}
            found.append("".join(child.content for child in children))
    return found


def seen(text: str) -> str:
    """A text as Markdown shows it: controls replaced, each stretch of blanks one."""
    safe = "".join(c if c.isprintable() else " " if c in "\t\r\n" else "\ufffd" for c in text)
    return " ".join(safe.split())


@pytest.mark.parametrize("text", HOSTILE)
def test_a_markdown_heading_gives_its_text_back(text: str) -> None:
    assert inline_texts(markdown.written(report(hostile(text))), "heading_open") == [seen(text)]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_out_of_a_markdown_table_or_frame(text: str) -> None:
    many = [problem(f"n{n}", line=n) for n in range(1, 11)]
    written = markdown.written(report(problem(text, code=text or "none", hint=text), *many))
    assert inline_texts(written, "td_open") == [
        "10",
        "R301",
        "Unknown feature",
        "1",
        seen(text) or "none",
        "",
    ]
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(written)
    assert {token.type for token in tokens if token.level == 0 and token.nesting >= 0} <= {
        "paragraph_open",
        "heading_open",
        "table_open",
        "fence",
    }
    assert sum(token.type == "heading_open" for token in tokens) == 11


def test_markdown_stays_below_what_a_comment_may_hold() -> None:
    written = markdown.written(report(*(problem(f"number {n} " + "x" * 500, line=n) for n in range(1, 500))))
    assert len(written) < 65_536
    left = re.search(r"And (\d+) more problems, for which there is no room here", written)
    assert left
    assert written.count("\n### ") == 499 - int(left[1])


def test_one_line_of_markdown_says_that_all_is_well() -> None:
    assert markdown.written(report()) == "no problems in 1 file."


# --- any text -------------------------------------------------------------------------------------------


@given(st.text(max_size=40), st.text(max_size=20, min_size=1))
def test_whatever_the_text_every_form_can_be_read(text: str, file: str) -> None:
    found = report(problem(text, file=file, hint=text), files=(file,))
    _, properties, data = read_command(github.annotation(found.problems[0]))
    assert properties["file"] == without_controls(file)
    assert without_controls(text) in data
    assert json.loads(gitlab.written(found))[0]["location"]["path"] == file
    Sarif.model_validate_json(sarif.written(found))
    assert list(cases(junit.written(found))) == [whole(file)]
    assert inline_texts(markdown.written(found), "heading_open") == [seen(text)]


def test_the_small_catalog_has_no_findings_in_any_machine_form(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans")
    assert json.loads(cli("validate", "--format", "gitlab").out) == []
    assert json.loads(cli("validate", "--format", "sarif").out)["runs"][0]["results"] == []
    assert len(cases(cli("validate", "--format", "junit").out)) == len(FILES)
