"""Broken plugins at load: opening fails with one PluginError that names every faulty plugin."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from entitlements import CatalogError, Engine, PluginError, Reason
from entitlements.plugin_manager import load_plugins
from tests.faults.worlds import PACKAGES, ROOT, entry_points, install, opened

pytestmark = pytest.mark.usefixtures("installed")

#: What is said of each plugin; the part of the message that helps.
SAYS = {
    "missing_module": "ModuleNotFoundError",
    "missing_object": "AttributeError",
    "not_a_reference": "Error",
    "imports_missing": "no_such_module",
    "exits": "SystemExit: 3",
    "recurses": "RecursionError",
    "exhausts": "MemoryError",
    "raises_silently": "Silent",
    "misspelt_hook": 'there is no hook entitlements_chekers; did you mean "entitlements_checkers"?',
    "misspelt_argument": "decison",
    "unmarked_hook": "lacks the decorator @hookimpl",
    "wrapper_hook": "is a wrapper",
    "no_hook": "no function whose name starts with entitlements_",
    "a_class": "is a class; pass an object",
    "nothing": "no function whose name starts with entitlements_",
    "a_number": "no function whose name starts with entitlements_",
    "hostile": "no function whose name starts with entitlements_",
    "sealed": "ValueError",
    "hook_raises": "ValueError",
    "hook_exits": "SystemExit",
    "hook_recurses": "RecursionError",
    "hook_exhausts": "MemoryError",
    "hook_none": "TypeError",
    "hook_number": "TypeError",
    "hook_nan": "is not an object of a class that extends",
    "hook_hostile": "ValueError",
    "hook_hostiles": "is not an object of a class that extends",
    "hook_sealed": "ValueError",
    "hook_classes": "is not an object of a class that extends",
    "first_party_name": 'the name "requires" is taken by plugin "entitlements.plugins"',
    "old_contract": "is written for contract 0; this version speaks contract 1",
    "hostile_contract": "reading its declaration fails",
    "no_name": "needs a `name`",
    "wrong_name": "needs a `name`",
    "number_name": "needs a `name`",
    "name_raises": "reading its declaration fails (ValueError",
    "features_text": "collections of names",
    "features_none": "collections of names",
    "features_used_up": "collections of names",
    "features_numbers": "collections of names",
    "features_hostile": "collections of names",
    "features_raises": "reading its declaration fails (ValueError",
    "needs_static": "`needs` names context keys",
    "needs_none": "collections of names",
    "volatility_text": "`volatility` must be",
    "volatility_class": "`volatility` must be",
    "on_error_unknown": "`on_error` must be",
    "on_error_list": "`on_error` must be",
    "last_good_dynamic": "needs a CACHEABLE checker",
    "deadline_nan": "`deadline` must be",
    "deadline_text": "`deadline` must be",
    "deadline_endless": "`deadline` must be",
    "deadline_zero": "`deadline` must be",
    "everywhere_text": "`everywhere` must be",
    "everywhere_hostile": "`everywhere` must be",
    "check_none": "must be methods",
    "check_raises": "reading its declaration fails (ValueError",
    "check_async": "without await",
    "usage_async": "without await",
}
#: These are found out only with a catalog.
BINDS = ("binds_raises", "binds_exits", "binds_hostile")
PROBLEMS = tuple(name for name in entry_points("fault_load") if name.startswith("problems_"))


def test_every_load_fault_is_tested() -> None:
    twins = {"twin_one", "twin_two"}
    interrupts = {"interrupts", "hook_interrupts"}
    assert {*entry_points("fault_load")} == {*SAYS, *BINDS, *PROBLEMS, *twins, *interrupts}


@pytest.mark.parametrize("name", SAYS)
def test_a_plugin_that_cannot_be_used_is_named_with_what_is_wrong(name: str) -> None:
    with pytest.raises(PluginError) as caught:
        Engine.open(allow_plugins=[name, "witness"])
    first, *lines = str(caught.value).splitlines()
    assert first == "1 plugin fault(s)"
    assert lines[0].startswith(f'- plugin "{name}"')
    assert SAYS[name] in lines[0]
    assert caught.value.hint


def test_every_faulty_plugin_is_named_at_once() -> None:
    with pytest.raises(PluginError) as caught:
        Engine.open(allow_plugins=[*SAYS, "twin_one", "twin_two", "witness"])
    lines = str(caught.value).splitlines()[1:]
    unnamed = [name for name in SAYS if not any(f'plugin "{name}"' in line for line in lines)]
    assert not unnamed
    assert any('"twin" is taken by plugin "twin_one"' in line and '"twin_two"' in line for line in lines)
    assert not any("witness" in line for line in lines)


def test_a_checker_of_a_taken_name_is_refused_whoever_is_asked_first() -> None:
    with pytest.raises(PluginError, match=r'plugin "twin_two": .* "twin" is taken by plugin "twin_one"'):
        Engine.open(allow_plugins=["twin_one", "twin_two"])
    assert "twin" in Engine.open(allow_plugins=["twin_two"]).program.askers


@pytest.mark.parametrize("name", ["interrupts", "hook_interrupts"])
def test_keyboard_interrupt_is_passed_on(name: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        Engine.open(allow_plugins=[name])


def test_a_plugin_that_is_left_out_is_not_even_imported() -> None:
    engine = Engine.open(allow_plugins=["witness"])
    assert engine.program.plugins.names == ("entitlements.plugins", "witness")


def test_checkers_that_cannot_say_what_they_judge_are_all_named() -> None:
    with pytest.raises(PluginError) as caught:
        Engine.open(allow_plugins=[*BINDS, "witness"])
    lines = str(caught.value).splitlines()[1:]
    assert [line.split('"')[1] for line in lines] == sorted(BINDS)
    assert all("`binds` fails" in line for line in lines)


@pytest.mark.parametrize("name", [name for name in PROBLEMS if name != "problems_changes"])
def test_a_checker_that_fails_at_its_parameters_is_a_problem_at_their_line(name: str) -> None:
    checks: dict[str, Any] = {
        "first": {name: {"days": ["mon"]}, "witness": {}},
        "second": {"witness": {}, name: {}},
    }
    with pytest.raises(CatalogError) as caught:
        opened(name, "witness", checks=checks)
    assert [problem.code for problem in caught.value.problems] == ["P501"] * len(caught.value.problems)
    assert {name in problem.message for problem in caught.value.problems} == {True}


def test_problems_may_not_change_the_parameters() -> None:
    checks = {"first": {"problems_changes": {"days": ["mon"]}}}
    engine = opened("problems_changes", checks=checks)
    assert engine.catalog.features["first"].checks["problems_changes"].params == {"days": ["mon"]}


def test_a_package_without_metadata_goes_on_without_a_version() -> None:
    engine = opened("fault_no_metadata", "witness")
    assert engine.check("space", "bare").reason is Reason.DENIED_BY_CHECKER
    assert engine.program.plugins.checkers["bare"].version is None
    assert engine.program.plugins.checkers["witness"].version == "1.0.0"


@pytest.mark.parametrize(
    "garbled", ["no_equals_sign\n", "a = b\n[entitlements\n", "\xff\xfe = x:y\n", "= = =\n[[[\n"]
)
def test_a_list_of_entry_points_that_cannot_be_read_spoils_no_other(
    garbled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = install(tmp_path / "site", "fault_garbled")
    monkeypatch.syspath_prepend(str(site))
    listed = next(site.glob("*.dist-info/entry_points.txt"))
    listed.write_bytes(f"[another_group]\n{garbled}".encode("latin-1"))
    assert opened("witness").check("space", "shut").checker == "witness", "not our group"
    listed.write_bytes(f"[entitlements]\n{garbled}".encode("latin-1"))
    try:
        Engine.open(allow_plugins=["witness"])
    except PluginError as error:
        assert 'package "fault-garbled": its entry points cannot be read' in str(error)  # noqa: PT017  or it opens


def test_pip_installs_a_plugin_that_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `install` does by hand in the other tests, once as a person does it."""
    source = tmp_path / "witness"
    source.mkdir()
    for path in (PACKAGES / "witness").glob("*.*"):
        (source / path.name).write_bytes(path.read_bytes())
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check"]
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        *options,
        "--target",
        str(tmp_path / "site"),
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *(p for p in sys.path if "site0" not in p)])
    found = load_plugins(allow=["witness"])
    assert (found.checkers["witness"].plugin, found.checkers["witness"].version) == ("witness", "1.0.0")


def test_faulty_plugins_are_reported_by_the_command_line(tmp_path: Path) -> None:
    site = install(tmp_path / "site", "fault_load")
    listed = next(site.glob("*.dist-info/entry_points.txt"))
    lines = [line for line in listed.read_text(encoding="utf-8").splitlines() if "interrupts" not in line]
    listed.write_text("\n".join(lines), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(ROOT)])}
    done = subprocess.run(
        [sys.executable, "-m", "entitlements", "--catalog", "shipped", "plugins", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "entitlements/error/1"
    assert document["error"]["code"] == "PluginError"
    assert 'plugin "exits": SystemExit: 3' in document["error"]["message"]
    assert 'plugin "old_contract"' in document["error"]["message"]


def test_a_plugin_file_may_hold_a_dataclass(tmp_path: Path) -> None:
    (tmp_path / "quotas.py").write_text(
        """\
from __future__ import annotations

from dataclasses import dataclass

from entitlements import Checker, hookimpl


@dataclass
class Quotas(Checker):
    features: tuple[str, ...] = ("api_access",)
    name: str = "quotas"


@hookimpl
def entitlements_checkers():
    return [Quotas()]
""",
        encoding="utf-8",
    )
    assert "quotas" in load_plugins(folder=tmp_path, entry_points=False).checkers
