"""Imports point one way: the rows of LAYERS, from low to high, and who may know only a few."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PUBLIC = ""  # the package itself: `from entitlements import Engine`

# A module imports from its own row and the rows before it. The longest name that fits a module counts.
LAYERS = (
    (
        "amounts",
        "clock",
        "decision",
        "errors",
        "fork_safety",
        "lifecycle",
        "messages",
        "model",
        "plans",
        "problems",
        "schemas",
        "subject",
        "succession",
    ),
    ("catalog",),
    ("source",),
    ("checker", "declaration", "hookspecs", "loss", "plugin_manager"),
    ("engine",),
    ("change", "charges", "report", "terms"),
    ("engine.changes", "engine.engine", "engine.verbs"),
    ("fleet",),
    ("__main__", "cli", "integrations", "plugins", "testing", PUBLIC),
)
# These import only themselves and what is listed.
ONLY = {
    "plugins": (PUBLIC, "checker"),
    "source": (
        "amounts",
        "catalog.reading.document",
        "catalog.reading.json_lines",
        "catalog.money",
        "catalog.shape.schema",
        "clock",
        "errors",
        "fork_safety",
        "model",
        "problems",
        "subject",
    ),
}
# Upward, but for type checkers alone: the signature of a hook names what plugins are handed.
TYPES_ONLY = {("hookspecs", "engine.entitlements")}


def modules_in(folder: Path, package: str) -> dict[str, Path]:
    """Modules by their names without `entitlements.`."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = [package, *path.relative_to(folder).with_suffix("").parts]
        found[".".join(part for part in parts if part not in {"", "__init__"})] = path
    return found


MODULES = modules_in(ROOT / "entitlements", "")
for beside in ("plans", "plugins", "schemas"):
    MODULES |= modules_in(ROOT / beside, beside)


def longest(name: str, names: tuple[str, ...]) -> str | None:
    fits = [known for known in names if name == known or (known and name.startswith(f"{known}."))]
    return max(fits, key=len, default=None)


def layer(module: str) -> int | None:
    home = longest(module, tuple(name for row in LAYERS for name in row))
    return next((number for number, row in enumerate(LAYERS) if home in row), None)


def imports(source: str) -> Iterator[tuple[int, str, bool]]:
    """Line, module and whether it is for type checkers, of every import from this package."""
    tree = ast.parse(source)
    ifs = [node for node in ast.walk(tree) if isinstance(node, ast.If)]
    for_types = {id(n) for i in ifs if "TYPE_CHECKING" in ast.unparse(i.test) for n in ast.walk(i)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):  # ruff refuses relative ones
            start = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                package, _, inner = f"{start}{alias.name}".partition(".")
                if package == "entitlements":
                    # What is no module is a name in one.
                    module = inner if inner in MODULES else inner.rpartition(".")[0]
                    yield node.lineno, module, id(node) in for_types


def offences(module: str, source: str) -> Iterator[tuple[int, str]]:
    few = longest(module, tuple(ONLY))
    for line, target, for_types in imports(source):
        upward = (layer(target) or 0) > (layer(module) or 0)
        if few and longest(target, (few, *ONLY[few])) is None:
            yield line, f"{few} may import only ({', '.join(ONLY[few])}) of entitlements, not {target}"
        elif upward and not (for_types and (module, target) in TYPES_ONLY):
            yield line, f"{module} may not import {target or 'entitlements'}, which is in a higher layer"


def test_imports_point_one_way() -> None:
    found: list[str] = []
    for module, path in MODULES.items():
        place, source = path.relative_to(ROOT), path.read_text(encoding="utf-8")
        found += [f"{place}:{line}: {rule}" for line, rule in offences(module, source)]
    assert not found, "\n" + "\n".join(found)


def test_every_module_has_a_layer() -> None:
    homeless = sorted(module for module in MODULES if layer(module) is None)
    assert not homeless, f"say in LAYERS where these belong: {', '.join(homeless)}"


def test_a_wrong_import_is_found() -> None:
    upward = "def f():\n    from entitlements.engine.engine import Engine\n"
    assert [line for line, _ in offences("model", upward)] == [2]
    assert not list(offences("cli.check", upward))
    assert list(offences("plugins.requires", "import entitlements.model"))
    assert not list(offences("plugins.requires", "from entitlements import Checker"))
