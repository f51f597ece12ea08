"""What each problem code means, from `schemas/problem-codes.yaml`."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from entitlements.catalog.reading.document import read_bytes
from entitlements.errors import CatalogError

FILE = "problem-codes.yaml"


@dataclass(frozen=True, slots=True)
class Code:
    """A problem code: what it is about, and how a file looks that has the problem and one that has not."""

    code: str
    title: str
    explanation: str
    #: Kind of file, as schemas name them; `any` for all.
    kind: str
    bad: str
    good: str
    #: Where `validate` finds the problem in the wrong example: line, column, end line, end column from 1.
    at: tuple[int, ...] = ()

    def to_json(self) -> dict[str, str]:
        return {
            "code": self.code,
            "title": self.title,
            "explanation": self.explanation,
            "kind": self.kind,
            "bad": self.bad,
            "good": self.good,
        }


@cache
def known_codes() -> Mapping[str, Code]:
    """Every problem code, sorted."""
    path = importlib.resources.files("entitlements.schemas") / FILE
    document = read_bytes(path.read_bytes(), FILE)
    if document.problems:
        raise CatalogError(document.problems)
    entries: Any = document.value["codes"]
    return MappingProxyType({code: _code(code, **entries[code]) for code in sorted(entries)})


def _code(code: str, *, at: Iterable[int] = (), **parts: str) -> Code:
    return Code(code, **parts, at=tuple(at))
