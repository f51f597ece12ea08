"""The benchmarks run and measure all they promise; how fast is not tested, since machines differ."""

from __future__ import annotations

import json
import re
import sys
from itertools import takewhile
from pathlib import Path

import pytest

from benchmarks.__main__ import Sizes, main, measure
from benchmarks.peers.__main__ import ADAPTERS, ask_peer
from benchmarks.table import Row, as_json, as_markdown, as_text, updated
from benchmarks.world import keys, ladder, make_world, write_catalog
from entitlements import Engine, MemorySource, load_catalog

README = Path(__file__).parent.parent / "README.md"
TINY = Sizes(
    subjects=(10, 40),
    pairs=60,
    rounds=1,
    plans=4,
    features=6,
    loads=1,
    starts=1,
    stored=30,
    seats=2,
    fleet=600,
)
PROMISED = [
    "space.allows",
    "engine.allows(",
    "space.check",
    "engine.check(",
    "engine.allows, 10 more STATIC",
    "engine.check, 10 more STATIC",
    "3 DYNAMIC checkers",
    "in space.allowed()",
    "memory per warm subject",
    "first check",
    "import entitlements",
    "import Engine",
    "Engine.open()",
    "shipped catalog",
    ": read, build",
    ": read, validate, build",
    "advice included, on the shipped catalog",
    "advice included, on those",
    "a preview over",
    "advice over",
    "a subject from SQLite",
    "subjects from SQLite",
    "cold on SQLite",
    "a change on SQLite",
    "a subject from PostgreSQL",
    "subjects from PostgreSQL",
    "cold on PostgreSQL",
    "a change on PostgreSQL",
    "a seat on SQLite, of",
    "a seat on SQLite, to",
    "a seat on PostgreSQL, of",
    "a seat on PostgreSQL, to",
    "features, Parquet",
    "Parquet: memory",
    "Parquet: to reading",
    "features, JSON lines",
    "JSON lines: memory",
    "JSON lines: to reading",
]


@pytest.fixture(scope="module")
def measured() -> tuple[list[Row], dict[str, object]]:
    return measure(TINY)


def test_every_promised_figure_is_measured(measured: tuple[list[Row], dict[str, object]]) -> None:
    rows, about = measured
    assert [what for what in PROMISED if not any(what in row.what for row in rows)] == []
    assert all(figure > 0 for row in rows for figure in row.reached)
    assert about["seed"]
    assert len(rows) == len(PROMISED)


def test_the_readme_has_a_row_for_every_figure(measured: tuple[list[Row], dict[str, object]]) -> None:
    page = README.read_text(encoding="utf-8")
    rows = [row.cells() for row in measured[0]]
    shown = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in _table(page)[2:]]
    assert [_without_numbers(row[0]) for row in shown] == [_without_numbers(row[0]) for row in rows]
    assert [row[1] for row in shown] == [row[1] for row in rows]


def test_a_page_is_updated_in_place_of_its_table(
    measured: tuple[list[Row], dict[str, object]],
) -> None:
    page = README.read_text(encoding="utf-8")
    new = updated(page, measured[0])
    assert "\n".join(_table(new)) == as_markdown(measured[0])
    assert (new.splitlines()[:20], new.splitlines()[-20:]) == (
        page.splitlines()[:20],
        page.splitlines()[-20:],
    )
    assert updated(new, measured[0]) == new
    with pytest.raises(ValueError, match="no table"):
        updated("A page.\n", [])


def _table(page: str) -> list[str]:
    first = page.splitlines().index("| what | at most | reached | ok |")
    return list(takewhile(lambda line: line.startswith("|"), page.splitlines()[first:]))


def _without_numbers(words: str) -> str:
    return re.sub(r"\d[\d,.]*", "N", words)


def test_a_check_is_measured_for_each_number_of_subjects(
    measured: tuple[list[Row], dict[str, object]],
) -> None:
    rows, about = measured
    assert about["subjects"] == [10, 40]
    assert {len(row.reached) for row in rows if row.what.startswith(("space.", "engine.allows("))} == {2}


def test_json_carries_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json"], TINY) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["schema"] == "entitlements/benchmarks/1"
    assert len(shown["rows"]) == len(PROMISED)


def test_the_table_names_no_machine(capsys: pytest.CaptureFixture[str]) -> None:
    main([], TINY)
    shown = capsys.readouterr().out
    assert "cores" in shown
    assert not re.search(r"/home|/root|/work|/tmp", shown)


def test_a_row_over_its_bound_says_so() -> None:
    over, within, told = Row("a", "×", (1.0, 2.5), 2), Row("b", "×", (1.0,), 2), Row("c", "µs", (9.0,))
    assert [row.ok for row in (over, within, told)] == [False, True, True]
    assert as_markdown([over]).splitlines()[-1] == "| a | 2 × | 1.00 / 2.50 × | over |"
    assert as_text([over, within, told]).splitlines()[3].split() == ["b", "2", "×", "1.00", "×", "yes"]
    assert as_json([over])[0]["ok"] is False


def test_strict_fails_a_run_that_is_over(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = [Row("slow", "×", (9.0,), 1)]
    monkeypatch.setattr(
        "benchmarks.__main__.measure",
        lambda _: (
            slow,
            {"python": "", "machine": "", "pairs": 1, "seed": 1, "subjects": [], "reference_ns": []},
        ),
    )
    assert (main([], TINY), main(["--strict"], TINY)) == (0, 1)
    assert "over" in capsys.readouterr().out


def test_the_world_is_the_same_each_time_and_agrees_with_the_engine(tmp_path: Path) -> None:
    world = make_world(200, 300)
    assert world == make_world(200, 300)
    write_catalog(tmp_path / "plans", ladder(6, 80), keys("feature", 80))
    engine = Engine.open(load_catalog(tmp_path / "plans"), MemorySource(world.records))
    plain = {record.subject for record in world.records if not record.overrides}
    assert 0.8 < len(plain) / len(world.records) < 1
    for subject, feature in world.pairs:
        if subject in plain:
            assert engine.allows(subject, feature) == (feature in world.plans[world.plan_of[subject]])


def test_a_peer_is_asked_and_one_that_is_not_installed_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(20, 600)
    own = ask_peer("entitlements", world, rounds=1, budget=0.001)
    assert own.why_not is None
    assert own.ratio > 0
    monkeypatch.setitem(sys.modules, "casbin", None)
    assert "casbin" in str(ask_peer("casbin", world, rounds=1, budget=0.001).why_not)


def test_every_peer_is_locked() -> None:
    lock = Path(__file__).parent.parent / "requirements" / "peers.in"
    peers = Path(__file__).parent.parent / "benchmarks" / "peers"
    packages = {
        re.findall(r'PEER = Peer\(\s*"([\w-]+)"', (peers / f"ask_{a}.py").read_text())[0] for a in ADAPTERS
    }
    wanted = set(re.findall(r"^([a-z-]+)", lock.read_text(encoding="utf-8"), re.MULTILINE)) - {"setuptools"}
    assert packages - {"entitlements"} == wanted
