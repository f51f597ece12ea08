"""Bugs to plant into the code, so that a test can show that another one would notice."""

from __future__ import annotations
import __future__

import importlib
import inspect
import operator
import textwrap
from types import FunctionType
from typing import NamedTuple

import pytest


class Bug(NamedTuple):
    """`new` in place of `old` in the text of a function."""

    what: str
    where: str
    old: str
    new: str


def plant(monkeypatch: pytest.MonkeyPatch, bug: Bug) -> None:
    """Gives the function the code of its altered text, so that everyone who imported it has the bug."""
    module, _, name = bug.where.partition(":")
    function = operator.attrgetter(name)(importlib.import_module(f"entitlements.{module}"))
    assert isinstance(function, FunctionType)
    text = textwrap.dedent(inspect.getsource(function))
    assert bug.old in text, f"{bug.where} has changed; plant this bug in its new text"
    flags = __future__.annotations.compiler_flag
    code = compile(text.replace(bug.old, bug.new), bug.what, "exec", flags)
    made: dict[str, FunctionType] = {}
    exec(code, function.__globals__, made)  # noqa: S102
    monkeypatch.setattr(function, "__code__", made[function.__name__].__code__)
