"""Finds plugins, asks each once for its checkers, and hands on plain objects; nothing here is global."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pluggy

from entitlements import hookspecs
from entitlements.checker import Checker
from entitlements.declaration import declaration_fault
from entitlements.errors import PluginError, in_words
from entitlements.problems import suggestion

_GROUP = "entitlements"
_BUILT_IN = "entitlements.plugins"
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
    candidates = _candidates(objects, folder, _installed(faults) if entry_points else ())
    for name, version, load in candidates:
        if allowed is not None and name not in {*allowed, _BUILT_IN}:
            continue
        _guard(
            faults,
            f'plugin "{name}"',
            partial(_register, manager, name, load),
        )
        versions[name] = version
    faults.extend(_strange_hooks(manager))
    checkers = _collect_checkers(manager, versions, faults)
    if faults:
        raise plugin_error(faults)
    return Plugins(
        checkers=MappingProxyType(dict(sorted(checkers.items()))),
        lint=_named(manager.hook.entitlements_lint),
        decided=_named(manager.hook.entitlements_decided),
        names=tuple(sorted(versions)),
    )


def _register(manager: pluggy.PluginManager, name: str, load: Callable[[], object]) -> None:
    manager.register(_as_plugin(load()), name)


def plugin_error(faults: Iterable[str]) -> PluginError:
    """The one exception that names every faulty plugin."""
    lines = sorted(" ".join(fault.split()) for fault in faults)
    msg = f"{len(lines)} plugin fault(s)\n" + "\n".join(f"- {line}" for line in lines)
    return PluginError(
        msg, hint="mend the plugin, uninstall it, or leave it out of the list of allowed plugins"
    )


def _installed(faults: list[str]) -> list[importlib.metadata.EntryPoint]:
    """The entry points of our group, by name. A package whose metadata cannot be read spoils no other."""
    try:
        found = list(importlib.metadata.entry_points(group=_GROUP))
    except Exception:  # noqa: BLE001  one garbled file of any package; the slow way tells which
        found = []
        for package in importlib.metadata.distributions():
            try:
                found.extend(package.entry_points.select(group=_GROUP))
            except Exception as error:  # noqa: BLE001  as above
                if _may_be_ours(package, error):
                    name = _attribute(package, "name")
                    faults.append(f'package "{name}": its entry points cannot be read ({in_words(error)})')
    return sorted(found, key=lambda entry: (entry.name, entry.value))


def _may_be_ours(package: importlib.metadata.Distribution, error: Exception) -> bool:
    undecoded = error.object if isinstance(error, UnicodeDecodeError) else b""
    text = undecoded.decode("latin-1") or package.read_text("entry_points.txt") or ""
    return f"[{_GROUP}]" in text


def _version_of(entry: importlib.metadata.EntryPoint) -> str | None:
    try:
        return entry.dist.version if entry.dist else None
    except Exception:  # noqa: BLE001  tools that bundle an application leave metadata out
        return None


def _candidates(
    objects: Iterable[object], folder: Path | None, installed: Iterable[importlib.metadata.EntryPoint]
) -> Iterable[tuple[str, str | None, Callable[[], object]]]:
    """(name, version, loader) of every plugin; the caller loads, so that each is guarded apart."""
    yield _BUILT_IN, None, lambda: importlib.import_module(_BUILT_IN)
    for entry in installed:
        yield entry.name, _version_of(entry), entry.load
    for number, item in enumerate(objects, 1):
        yield _object_name(item, number), None, partial(_itself, item)
    if folder is not None:
        if not folder.is_dir():
            msg = f"the plugin folder {folder} does not exist"
            raise PluginError(msg, hint="give --plugins a folder that holds .py files")
        for path in sorted(folder.glob("*.py")):
            if not path.name.startswith("_"):
                yield path.stem, None, partial(_module_from, path)


def _itself(item: object) -> object:
    return item


def _object_name(item: object, number: int) -> str:
    name = _attribute(item, "name" if isinstance(item, Checker) else "__name__")
    if isinstance(item, Checker):
        return f"checker {name if isinstance(name, str) and name else type(item).__name__}"
    return name if isinstance(name, str) else f"{type(item).__name__} {number}"


def _attribute(item: object, name: str) -> object:
    """The attribute, or None where there is none or reading it fails."""
    try:
        return getattr(item, name, None)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  a property of a stranger's object may raise anything
        return None


def _module_from(path: Path) -> object:
    spec = importlib.util.spec_from_file_location(f"entitlements_plugin_{path.stem}", path)
    if spec is None or spec.loader is None:
        msg = f"{path} is not a Python file"
        raise PluginError(msg)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # a dataclass looks its annotations up there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(spec.name, None)
        raise
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


def _strange_hooks(manager: pluggy.PluginManager) -> Iterable[str]:
    """Every hook that this version does not call. pluggy's own check stops at the first."""
    known = [name for name in dir(hookspecs) if name.startswith(f"{_GROUP}_")]
    for name, caller in sorted(vars(manager.hook).items()):
        for implementation in () if name.startswith("_") else caller.get_hookimpls():
            fault = None
            if name not in known and not implementation.optionalhook:
                hint = suggestion(name, known)
                fault = f"there is no hook {name}" + (f"; {hint}" if hint else "")
            elif implementation.hookwrapper or implementation.wrapper:
                fault = f"{name} is a wrapper, which no hook here may be"
            if fault is not None:
                yield f'plugin "{implementation.plugin_name}": {fault}'


def _extend(made: list[Any], function: Callable[[], Any]) -> None:
    made.extend(function())


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
        _guard(faults, f'plugin "{plugin}"', partial(_extend, made, implementation.function))
        for checker in made:
            fault = declaration_fault(checker)
            if fault is None and checker.name in found:
                fault = f'the name "{checker.name}" is taken by plugin "{found[checker.name].plugin}"'
            if fault is not None:
                name = _attribute(checker, "name")
                named = repr(name) if isinstance(name, str) else type(checker).__name__
                faults.append(f'plugin "{plugin}": checker {named}: {fault}')
                continue
            found[checker.name] = LoadedChecker(checker, plugin, versions.get(plugin))
    return found


def _guard(faults: list[str], what: str, call: Callable[[], object]) -> None:
    """Run `call`; whatever it raises becomes one line in `faults`, and the other plugins go on."""
    try:
        call()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  a plugin may even call sys.exit()
        faults.append(f"{what}: {error if isinstance(error, PluginError) else in_words(error)}")


def _named(hook: pluggy.HookCaller) -> tuple[Named, ...]:
    """The implementations of `hook` as plain functions that take every argument by name, sorted by plugin."""
    found = [(i.plugin_name, _with_its_arguments(i.function, i.argnames)) for i in hook.get_hookimpls()]
    return tuple(sorted(found, key=lambda pair: pair[0]))


def _with_its_arguments(function: Callable[..., Any], names: Iterable[str]) -> Callable[..., Any]:
    # An implementation may leave out arguments it does not need; pluggy knows which it takes.
    wanted = tuple(names)
    return lambda **given: function(*(given[name] for name in wanted))
