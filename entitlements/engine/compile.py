"""Catalog + plugins → Program: which checkers judge which feature, bound once, ready to be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from entitlements.checker import Checker, judges, measures, param_problem
from entitlements.engine.ask import Asker
from entitlements.engine.decide import Unlocks, unlocks_of
from entitlements.errors import CatalogError
from entitlements.model import EMPTY, Catalog, Feature
from entitlements.plugin_manager import Plugins
from entitlements.problems import Mark, Problem, in_file_order, suggestion


@dataclass(frozen=True, slots=True)
class Bound:
    """One checker bound to one feature, with the parameters the plan file gives it."""

    name: str
    asker: Asker
    params: Mapping[str, Any]
    #: Context keys without which it is not asked.
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class FeatureProgram:
    """How one feature is decided: who is asked when Entitlements are built, who on each call."""

    feature: Feature
    unlocks: Unlocks
    static: tuple[Bound, ...]
    #: Asked on each call that passes what they need.
    live: tuple[Bound, ...]
    #: Whether a call without context must ask someone.
    always_live: bool


@dataclass(frozen=True, slots=True)
class Program:
    """A catalog with everything that was looked up once: nothing on the way to a decision searches again."""

    catalog: Catalog
    features: Mapping[str, FeatureProgram]
    askers: Mapping[str, Asker]
    #: Feature or cap key → the checkers that can tell its usage.
    measurers: Mapping[str, tuple[Asker, ...]]
    plugins: Plugins


def compile_program(
    catalog: Catalog,
    plugins: Plugins,
    *,
    expects: Iterable[str] = (),
    askers: Mapping[str, Asker] | None = None,
) -> Program:
    """Bind checkers to features. Raises CatalogError: unknown checks, bad parameters, missing `expects`.

    `askers` of an earlier program are kept, so that a reload forgets no checker's health.
    """
    problems = [
        *_unknown_checkers(catalog, plugins),
        *_bad_params(catalog, plugins),
        *_missing(catalog, expects),
    ]
    if problems:
        raise CatalogError(in_file_order(problems))
    known = askers or {}
    made = {
        name: known.get(name) or Asker(loaded.checker, loaded.plugin)
        for name, loaded in plugins.checkers.items()
    }
    features = {key: _feature_program(catalog, feature, made) for key, feature in catalog.features.items()}
    return Program(catalog, features, made, _measurers(catalog, made), plugins)


def _feature_program(catalog: Catalog, feature: Feature, askers: Mapping[str, Asker]) -> FeatureProgram:
    static, live = [], []
    for name, asker in askers.items():
        if not judges(asker.checker) or not is_bound(asker.checker, feature):
            continue
        binding = feature.checks.get(name)
        bound = Bound(name, asker, binding.params if binding else EMPTY, frozenset(asker.checker.needs))
        (static if asker.checker.volatility.kind == "static" else live).append(bound)
    return FeatureProgram(
        feature,
        unlocks_of(catalog, feature.key),
        tuple(static),
        tuple(live),
        any(not bound.needs for bound in live),
    )


def is_bound(checker: Checker, feature: Feature) -> bool:
    """Whether `checker` has to do with `feature`: by its own word or because the plan file names it."""
    return checker.name in feature.checks or bool(checker.binds(feature))


def _measurers(catalog: Catalog, askers: Mapping[str, Asker]) -> Mapping[str, tuple[Asker, ...]]:
    found: dict[str, tuple[Asker, ...]] = {}
    able = [asker for asker in askers.values() if measures(asker.checker)]
    for key in (*catalog.features, *catalog.caps) if able else ():
        feature = catalog.features.get(key)
        fitting = tuple(
            a
            for a in able
            if key in frozenset(a.checker.features) or (feature is not None and is_bound(a.checker, feature))
        )
        if fitting:
            found[key] = fitting
    return found


def _unknown_checkers(catalog: Catalog, plugins: Plugins) -> Iterable[Problem]:
    for feature in catalog.features.values():
        for name, binding in feature.checks.items():
            if name not in plugins.checkers:
                hint = suggestion(name, plugins.checkers) or "install the plugin that brings it"
                yield Problem(
                    "R307", f'feature "{feature.key}" names unknown checker "{name}"', binding.mark, hint=hint
                )


def _bad_params(catalog: Catalog, plugins: Plugins) -> Iterable[Problem]:
    for feature in catalog.features.values():
        for name, binding in feature.checks.items():
            loaded = plugins.checkers.get(name)
            if loaded is None:
                continue
            try:
                found = [
                    (str(parameter), str(sentence))
                    for parameter, sentence in loaded.checker.problems(feature, binding.params)
                ]
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001  a stranger's code may raise anything
                found = [
                    ("", f"the checker failed while it looked at its parameters ({type(error).__name__})")
                ]
            yield from (
                param_problem(loaded.checker, feature, parameter, sentence) for parameter, sentence in found
            )


def _missing(catalog: Catalog, expects: Iterable[str]) -> Iterable[Problem]:
    known = {*catalog.features, *(f"cap.{cap}" for cap in catalog.caps)}
    for key in sorted(set(expects) - known):
        yield Problem(
            "R318",
            f'the host\'s code relies on "{key}", which the catalog "{catalog.key}" lacks',
            Mark("catalog.yaml"),
            hint=suggestion(key, known, limit=0) or "declare it in features/",
        )
