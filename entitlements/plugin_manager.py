"""Finds plugins, asks each once for its checkers, and hands on plain objects; nothing here is global."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pluggy

from entitlements import hookspecs
from entitlements.checker import CONTRACT, Checker, Volatility
from entitlements.errors import PluginError

_GROUP = "entitlements"
_BUILT_IN = "entitlements.plugins"
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
Named = tuple[str, Callable[..., Any]]


@dataclass(frozen=True, slots=True)
class LoadedChecker:
    """A checker with the plugin that brought it."""

    checker: Checker
    plugin: str
    version: str | None


@dataclass(frozen=True, slots=True)
class Plugins:
    """What all plugins bring, asked once: checkers by name, lint rules and observers as plain callables."""

    checkers: Mapping[str, LoadedChecker]
    lint: tuple[Named, ...]
    decided: tuple[Named, ...]
    names: tuple[str, ...]


def load_plugins(
    objects: Iterable[object] = (),
    *,
    folder: Path | None = None,
    entry_points: bool = True,
    allow: Iterable[str] | None = None,
) -> Plugins:
    """All plugins: the built-in one, installed ones, `objects` of the host, and the files in `folder`.

    An object may be a Checker, a module or any object with hook implementations. `allow` names the plugins
    that may load; the built-in one always does. Raises PluginError naming every plugin that cannot be used.
    """
    manager = pluggy.PluginManager(_GROUP)
    manager.add_hookspecs(hookspecs)
    faults: list[str] = []
    versions: dict[str, str | None] = {}
    allowed = None if allow is None else frozenset(allow)
    for name, version, load in _candidates(objects, folder, entry_points=entry_points):
        if allowed is not None and name not in {*allowed, _BUILT_IN}:
            continue
        _guard(
            faults,
            f'plugin "{name}"',
            lambda load=load, name=name: manager.register(_as_plugin(load()), name),
        )
        versions[name] = version
    _guard(faults, "plugins", manager.check_pending)
    checkers = _collect_checkers(manager, versions, faults)
    if faults:
        msg = f"{len(faults)} plugin fault(s)\n" + "\n".join(f"- {fault}" for fault in sorted(faults))
        raise PluginError(
            msg, hint="mend the plugin, uninstall it, or leave it out of the list of allowed plugins"
        )
    return Plugins(
        checkers=MappingProxyType(dict(sorted(checkers.items()))),
        lint=_named(manager.hook.entitlements_lint),
        decided=_named(manager.hook.entitlements_decided),
        names=tuple(sorted(versions)),
    )


def _candidates(
    objects: Iterable[object], folder: Path | None, *, entry_points: bool
) -> Iterable[tuple[str, str | None, Callable[[], object]]]:
    """(name, version, loader) of every plugin; the caller loads, so that each is guarded apart."""
    yield _BUILT_IN, None, lambda: importlib.import_module(_BUILT_IN)
    if entry_points:
        for entry in sorted(importlib.metadata.entry_points(group=_GROUP), key=lambda e: (e.name, e.value)):
            version = entry.dist.version if entry.dist else None
            yield entry.name, version, entry.load
    for number, item in enumerate(objects, 1):
        yield _object_name(item, number), None, lambda item=item: item
    if folder is not None:
        if not folder.is_dir():
            msg = f"the plugin folder {folder} does not exist"
            raise PluginError(msg, hint="give --plugins a folder that holds .py files")
        for path in sorted(folder.glob("*.py")):
            if not path.name.startswith("_"):
                yield path.stem, None, lambda path=path: _module_from(path)


def _object_name(item: object, number: int) -> str:
    if isinstance(item, Checker):
        return f"checker {item.name or type(item).__name__}"
    name = getattr(item, "__name__", None)
    return name if isinstance(name, str) else f"{type(item).__name__} {number}"


def _module_from(path: Path) -> object:
    spec = importlib.util.spec_from_file_location(f"entitlements_plugin_{path.stem}", path)
    if spec is None or spec.loader is None:
        msg = f"{path} is not a Python file"
        raise PluginError(msg)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class _Bare:
    """A plugin around a checker that a host passes as it is."""

    def __init__(self, checker: Checker) -> None:
        self._checker = checker

    @hookspecs.hookimpl
    def entitlements_checkers(self) -> Iterable[Checker]:
        return (self._checker,)


def _as_plugin(item: object) -> object:
    """`item` as something pluggy can register. Raises PluginError for what brings no hook at all."""
    if isinstance(item, Checker):
        return _Bare(item)
    if inspect.isclass(item):
        msg = f"{item.__name__} is a class; pass an object of it, {item.__name__}()"
        raise PluginError(msg)
    hooks = [name for name in dir(item) if name.startswith("entitlements_")]
    unmarked = [name for name in hooks if not hasattr(getattr(item, name), f"{_GROUP}_impl")]
    if unmarked:
        msg = f"{unmarked[0]} lacks the decorator @hookimpl"
        raise PluginError(msg)
    if not hooks:
        msg = "it has no function whose name starts with entitlements_, so it does nothing"
        raise PluginError(msg)
    return item


def _collect_checkers(
    manager: pluggy.PluginManager, versions: Mapping[str, str | None], faults: list[str]
) -> dict[str, LoadedChecker]:
    found: dict[str, LoadedChecker] = {}
    # pluggy calls the plugin registered last first; sorting by name makes order irrelevant.
    for implementation in sorted(
        manager.hook.entitlements_checkers.get_hookimpls(), key=lambda i: i.plugin_name
    ):
        plugin = implementation.plugin_name
        made: list[Any] = []
        _guard(faults, f'plugin "{plugin}"', lambda i=implementation, m=made: m.extend(i.function()))
        for checker in made:
            fault = _fault_of(checker)
            if fault is None and checker.name in found:
                fault = f'the name "{checker.name}" is taken by plugin "{found[checker.name].plugin}"'
            if fault is not None:
                faults.append(f'plugin "{plugin}": checker {getattr(checker, "name", checker)!r}: {fault}')
                continue
            found[checker.name] = LoadedChecker(checker, plugin, versions.get(plugin))
    return found


def _fault_of(checker: Any) -> str | None:
    """What of the declaration breaks the contract, in words; None when it is sound."""
    if not isinstance(checker, Checker):
        return "is not an object of a class that extends entitlements.Checker"
    if not isinstance(checker.name, str) or not _NAME.match(checker.name):
        return "needs a `name` of lower-case letters, digits and underscores"
    if checker.contract != CONTRACT:
        return f"is written for contract {checker.contract!r}; this version speaks contract {CONTRACT}"
    if not isinstance(checker.volatility, Volatility):
        return "`volatility` must be STATIC, DYNAMIC or CACHEABLE(seconds)"
    if checker.on_error not in ("deny", "ignore", "last_good"):
        return "`on_error` must be deny, ignore or last_good"
    if checker.on_error == "last_good" and checker.volatility.kind != "cacheable":
        return "`on_error = last_good` needs a CACHEABLE checker: no other keeps its verdicts"
    if isinstance(checker.features, str) or isinstance(checker.needs, str):
        return "`features` and `needs` are collections of names, not one text"
    if checker.volatility.kind != "dynamic" and tuple(checker.needs):
        return "`needs` names context keys, which only a DYNAMIC checker may use"
    deadline = checker.deadline
    if deadline is not None and not (isinstance(deadline, int | float) and 0 < deadline < float("inf")):
        return "`deadline` must be a number of seconds above 0, or None"
    return None


def _guard(faults: list[str], what: str, call: Callable[[], object]) -> None:
    """Run `call`; whatever it raises becomes one line in `faults`, and the other plugins go on."""
    try:
        call()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  a plugin may even call sys.exit()
        faults.append(
            f"{what}: {type(error).__name__}: {error}"
            if not isinstance(error, PluginError)
            else f"{what}: {error}"
        )


def _named(hook: pluggy.HookCaller) -> tuple[Named, ...]:
    """The implementations of `hook` as plain functions that take every argument by name, sorted by plugin."""
    found = [(i.plugin_name, _with_its_arguments(i.function, i.argnames)) for i in hook.get_hookimpls()]
    return tuple(sorted(found, key=lambda pair: pair[0]))


def _with_its_arguments(function: Callable[..., Any], names: Iterable[str]) -> Callable[..., Any]:
    # An implementation may leave out arguments it does not need; pluggy knows which it takes.
    wanted = tuple(names)
    return lambda **given: function(*(given[name] for name in wanted))
