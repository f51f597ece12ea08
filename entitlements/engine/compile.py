"""Catalog + plugins → Program: which checkers judge which feature, bound once, ready to be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from entitlements.catalog.names import respelling
from entitlements.checker import Checker, Question, judges, measures, param_problem, tells_effects
from entitlements.engine.ask import Asker
from entitlements.engine.decide import Unlocks, unlocks_of
from entitlements.errors import CatalogError, in_words
from entitlements.model import EMPTY, Catalog, Feature
from entitlements.plugin_manager import Plugins, plugin_error
from entitlements.problems import Mark, Problem, in_file_order, suggestion


@dataclass(frozen=True, slots=True)
class Bound:
    """One checker bound to one feature, with the parameters the plan file gives it."""

    name: str
    asker: Asker
    params: Mapping[str, Any]
    #: Context keys without which it is not asked.
    needs: frozenset[str]
    #: How a healthy one is asked; made once, to be shared by all subjects.
    ask: Callable[[Question], Any]


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
    #: Feature key → the checkers that tell what its loss does, or carry that out.
    carriers: Mapping[str, tuple[Asker, ...]]
    plugins: Plugins


def compile_program(
    catalog: Catalog,
    plugins: Plugins,
    *,
    expects: Iterable[str] = (),
    askers: Mapping[str, Asker] | None = None,
) -> Program:
    """Bind checkers to features. Raises CatalogError: unknown checks, bad parameters, missing `expects`.

    Raises PluginError for checkers that cannot say what they judge. `askers` of an earlier program are kept,
    so that a reload forgets no checker's health.
    """
    problems = [
        *_unknown_checkers(catalog, plugins),
        *_bad_params(catalog, plugins),
        *_missing(catalog, expects),
    ]
    if problems:
        raise CatalogError(in_file_order(problems))
    bound = _bound_features(catalog, plugins)
    known = askers or {}
    made = {
        name: known.get(name) or Asker(loaded.checker, loaded.plugin)
        for name, loaded in plugins.checkers.items()
    }
    features = {
        key: _feature_program(
            catalog, feature, {name: asker for name, asker in made.items() if key in bound[name]}
        )
        for key, feature in catalog.features.items()
    }
    measurers = _able(measures, (*catalog.features, *catalog.caps), made, bound)
    carriers = _able(tells_effects, tuple(catalog.features), made, bound)
    return Program(catalog, features, made, measurers, carriers, plugins)


def _bound_features(catalog: Catalog, plugins: Plugins) -> Mapping[str, frozenset[str]]:
    """Checker → the features it has to do with: by its own word or because the plan file names it."""
    faults: list[str] = []
    found: dict[str, frozenset[str]] = {}
    for name, loaded in plugins.checkers.items():
        checker = loaded.checker
        try:
            found[name] = frozenset(
                key
                for key, feature in catalog.features.items()
                if name in feature.checks or checker.binds(feature)
            )
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  a stranger's code may raise anything
            faults.append(f'plugin "{loaded.plugin}": checker {name!r}: `binds` fails ({in_words(error)})')
    if faults:
        raise plugin_error(faults)
    return found


def own_params(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """A copy of `given` for one reader, so that nobody else sees what that one does to lists inside."""
    return MappingProxyType({name: _copied(value) for name, value in given.items()}) if given else EMPTY


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _feature_program(catalog: Catalog, feature: Feature, askers: Mapping[str, Asker]) -> FeatureProgram:
    static: list[Bound] = []
    live: list[Bound] = []
    for name, asker in askers.items():
        if not judges(asker.checker):
            continue
        binding = feature.checks.get(name)
        params = own_params(binding.params) if binding else EMPTY
        ask = asker.checker.check if asker.direct else asker.call
        bound = Bound(name, asker, params, frozenset(asker.checker.needs), ask)
        (static if asker.checker.volatility.kind == "static" else live).append(bound)
    return FeatureProgram(
        feature,
        unlocks_of(catalog, feature.key),
        tuple(static),
        tuple(live),
        any(not bound.needs for bound in live),
    )


def _able(
    is_able: Callable[[Checker], bool],
    keys: tuple[str, ...],
    askers: Mapping[str, Asker],
    bound: Mapping[str, frozenset[str]],
) -> Mapping[str, tuple[Asker, ...]]:
    """Key → those of its checkers that can do something; keys without any are left out."""
    found: dict[str, tuple[Asker, ...]] = {}
    able = [asker for asker in askers.values() if is_able(asker.checker)]
    for key in keys if able else ():
        fitting = tuple(
            asker
            for asker in able
            if key in bound[asker.checker.name] or key in frozenset(asker.checker.features)
        )
        if fitting:
            found[key] = fitting
    return found


def _unknown_checkers(catalog: Catalog, plugins: Plugins) -> Iterable[Problem]:
    for feature in catalog.features.values():
        for name, binding in feature.checks.items():
            if name not in plugins.checkers:
                message = f'feature "{feature.key}" names unknown checker "{name}"'
                hint = suggestion(name, plugins.checkers) or "install the plugin that brings it"
                fix = respelling(name, plugins.checkers, binding.mark)
                yield Problem("R307", message, binding.mark, hint=hint, fix=fix)


def _bad_params(catalog: Catalog, plugins: Plugins) -> Iterable[Problem]:
    for feature in catalog.features.values():
        for name, binding in feature.checks.items():
            loaded = plugins.checkers.get(name)
            if loaded is None:
                continue
            try:
                found = [
                    (str(parameter), str(sentence))
                    for parameter, sentence in loaded.checker.problems(feature, own_params(binding.params))
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
