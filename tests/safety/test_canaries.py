"""What is entrusted to the engine shows in no log, error or explanation, whatever plugins do with it."""

from __future__ import annotations

import builtins
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from entitlements import (
    CACHEABLE,
    DYNAMIC,
    STATIC,
    AccessDenied,
    Checker,
    Decision,
    Engine,
    Feature,
    MemorySource,
    Question,
    SubjectRecord,
    Subscription,
    Usage,
    Verdict,
    hookimpl,
    load_catalog,
)
from entitlements.engine import ask
from entitlements.engine.entitlements import Entitlements
from entitlements.errors import CatalogError
from entitlements.plugin_manager import load_plugins
from entitlements.subject import Example
from tests.small_catalog import FILES, edited, write

CONTEXT, EXAMPLE, CONTACT, ENVIRONMENT = CANARIES = [
    f"canary-{where}" for where in ("context", "example", "contact", "environment")
]
RECORD = SubjectRecord(
    "demo",
    (Subscription("community"),),
    contacts={"billing": (CONTACT,)},
    usage={
        "users": Usage(10, examples=(Example(EXAMPLE, EXAMPLE),)),
        "reports": Usage(3, examples=(Example(EXAMPLE, EXAMPLE),)),
    },
)
FEATURES = ("exports", "reports", "security")


class Telltale:
    """An object that shows all it knows as soon as anybody makes a text of it."""

    def __init__(self, known: object) -> None:
        self._known = known

    def __repr__(self) -> str:
        return str(self._known)


class Chained(Exception):
    """An error with another behind it."""


def all_that_is_known(question: Question) -> str:
    known = [os.environ.get("SECRET"), EXAMPLE, CONTACT]
    for look in (lambda: dict(question.context), question.usage):
        try:
            known.append(str(look()))
        except RuntimeError:
            known.append("not to be seen")
    return str(known)


def raises(known: str) -> None:
    raise RuntimeError(known)


def exits(known: str) -> None:
    raise SystemExit(known)


def raises_after_another(known: str) -> None:
    try:
        raises(known)
    except RuntimeError as error:
        raise Chained(known) from error


def answers_text(known: str) -> Any:
    return known


def answers_object(known: str) -> Any:
    return Telltale(known)


TRICKS: list[Callable[[str], Any]] = [raises, exits, raises_after_another, answers_text, answers_object]
VOLATILITIES = {"static": STATIC, "cacheable": CACHEABLE(60), "dynamic": DYNAMIC}


def tricky(trick: Callable[[str], Any], volatility: str, deadline: float | None = None) -> Checker:
    """A checker that does the same trick with all it knows, wherever it is asked."""

    class Tricky(Checker):
        name = "tricky"
        features = (*FEATURES, "users")

        def check(self, question: Question) -> Verdict | None:
            verdict: Verdict | None = trick(all_that_is_known(question))
            return verdict

        def usage(self, subject: str, feature: str, at: datetime) -> Usage | None:
            told: Usage | None = trick(f"{subject} {feature} {at} {CANARIES}")
            return told

        def problems(self, feature: Feature, params: Mapping[str, Any]) -> Any:
            return trick(f"{feature} {params} {os.environ['SECRET']}")

    checker = Tricky()
    checker.volatility = VOLATILITIES[volatility]  # type: ignore[misc]
    checker.deadline = deadline  # type: ignore[misc]
    return checker


@pytest.fixture(autouse=True)
def _secrets_all_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", ENVIRONMENT)


class Listening(logging.Handler):
    """All that the package logs, with the errors that go with it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(f"{self.format(record)} {record.__dict__}")


@pytest.fixture
def log() -> Iterator[Listening]:
    listening, root = Listening(), logging.getLogger()
    before = root.level
    root.addHandler(listening)
    root.setLevel(logging.DEBUG)
    yield listening
    root.removeHandler(listening)
    root.setLevel(before)


def engine_with(home: Path, *plugins: object, source: Any = None) -> Engine:
    catalog = load_catalog(write(home / "plans"))
    return Engine.open(catalog, source or [RECORD], load_plugins(plugins, entry_points=False))


def all_told(engine: Engine, **context: Any) -> Iterator[str]:
    """Every text that comes of asking everything in every way."""
    for _ in range(7):  # so that the breaker of a checker that fails opens, and what rests is asked again
        for key in (*FEATURES, "cap.users"):
            yield from told_of(engine.check("demo", key, **context))
            explanation = engine.explain("demo", key, **context)
            yield from (str(explanation), repr(explanation), json.dumps(explanation.to_json()))
            try:
                engine.require("demo", key, **context)
            except AccessDenied as denied:
                yield f"{denied} {denied!r} {denied.hint} {denied.args}"
    space = engine.entitlements("demo")
    allowance = space.cap("users")
    yield f"{space!r} {space.allowed()} {allowance} {allowance!r} {allowance.unknown} {space.overrides}"
    for asker in engine.program.askers.values():
        yield f"{asker.health} {asker.last_error}"


def told_of(decision: Decision) -> Iterator[str]:
    yield from (str(decision), repr(decision), decision.message(), decision.message("fr"))
    yield json.dumps(decision.to_json())


def leaks(texts: Iterator[str], log: Listening) -> list[str]:
    found = [*texts, *log.texts]
    return [f"{canary} in {text:.300}" for canary in CANARIES for text in found if canary in text]


@pytest.mark.parametrize("deadline", [None, 0.5])
@pytest.mark.parametrize("volatility", VOLATILITIES)
@pytest.mark.parametrize("trick", TRICKS)
def test_a_checker_that_fails_with_secrets_gives_none_away(
    trick: Callable[[str], Any],
    volatility: str,
    deadline: float | None,
    tmp_path: Path,
    log: Listening,
    capfd: pytest.CaptureFixture[str],
) -> None:
    engine = engine_with(tmp_path, tricky(trick, volatility, deadline))
    assert leaks(all_told(engine, client=CONTEXT, secret=Telltale(CONTEXT)), log) == []
    assert log.texts  # that it failed is logged, without why
    out, err = capfd.readouterr()
    assert "canary" not in out + err


def test_without_any_plugin_nothing_of_record_or_context_is_told(tmp_path: Path, log: Listening) -> None:
    engine = engine_with(tmp_path)
    assert leaks(all_told(engine, client=CONTEXT, action=CONTEXT, secret=Telltale(CONTEXT)), log) == []


@pytest.mark.parametrize("trick", TRICKS)
def test_a_checker_that_fails_at_its_parameters_gives_nothing_away(
    trick: Callable[[str], Any], tmp_path: Path, log: Listening
) -> None:
    old = "description: Data can be downloaded."
    files = edited("features/core.yaml", old, f"{old}\n    checks: {{tricky: {{level: 1}}}}", FILES)
    catalog = load_catalog(write(tmp_path / "plans", files))
    plugins = load_plugins([tricky(trick, "dynamic")], entry_points=False)
    with pytest.raises(CatalogError) as caught:
        Engine.open(catalog, [RECORD], plugins)
    assert leaks(iter([str(caught.value), repr(caught.value), str(caught.value.problems)]), log) == []


class Watching:
    """A plugin that is told of decisions and fails at it, with all it was told."""

    @hookimpl
    def entitlements_decided(self, decision: Decision, space: Entitlements) -> None:
        msg = f"{decision} {space.usage('users')} {os.environ['SECRET']}"
        raise RuntimeError(msg)


class Failing(MemorySource):
    """A source whose errors tell what it holds."""

    def load(self, subject: str) -> SubjectRecord | None:
        msg = f"{subject}: {RECORD} {os.environ['SECRET']}"
        raise ConnectionError(msg)


def test_an_observer_that_fails_with_secrets_gives_none_away(tmp_path: Path, log: Listening) -> None:
    assert leaks(all_told(engine_with(tmp_path, Watching()), client=CONTEXT), log) == []
    assert log.texts


def test_a_source_that_fails_with_secrets_gives_none_away(tmp_path: Path, log: Listening) -> None:
    engine = engine_with(tmp_path, source=Failing())
    assert leaks(all_told(engine, client=CONTEXT), log) == []
    assert log.texts


def test_an_amount_that_is_none_is_refused_without_being_shown(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="whole number") as caught:
        engine_with(tmp_path).check("demo", "cap.users", adding=CONTEXT)
    assert CONTEXT not in str(caught.value)


def test_a_planted_leak_is_seen(tmp_path: Path, log: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error's text in place of its name, where the engine notes that a checker failed."""

    def telling(thing: object) -> Any:
        return SimpleNamespace(__name__=str(thing)) if isinstance(thing, Exception) else builtins.type(thing)

    monkeypatch.setattr(ask, "type", telling, raising=False)
    found = leaks(all_told(engine_with(tmp_path, tricky(raises, "dynamic")), secret=Telltale(CONTEXT)), log)
    assert {leak.split()[0] for leak in found} == set(CANARIES)
