"""A place in a document: its name in words, its mark, and the problems found there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from entitlements.catalog.reading.nodes import Map
from entitlements.problems import Fix, Mark, Problem, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from entitlements.catalog.reading.document import Document
    from entitlements.problems import Related

Path = tuple[str | int, ...]
Schema = dict[str, Any]
_LONGEST_NAME = 100
_SURE = 0.75


@dataclass(slots=True)
class Looks:
    """How many more near misses are looked for in this file: each look compares with every known name."""

    left: int = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where in `document` something is wrong; `root` is the schema of the whole document."""

    document: Document
    root: Schema
    path: Path = ()
    looks: Looks = field(default_factory=Looks)

    @property
    def name(self) -> str:
        """`price.monthly`; `tests, item 2, given.plan`; `the file`."""
        words = ""
        for step in self.path:
            if isinstance(step, int):
                words += f", item {step + 1}, "
            else:
                words += f".{_short(step)}" if words and not words.endswith(", ") else _short(step)
        return words.removeprefix(", ").removesuffix(", ") or "the file"

    @property
    def inside(self) -> str:
        """` in price`; nothing at the top of the file."""
        return f" in {self.name}" if self.path else ""

    @property
    def parent(self) -> Place:
        return Place(self.document, self.root, self.path[:-1], self.looks)

    @property
    def mark(self) -> Mark:
        return self.document.mark_at(self.path)

    @property
    def key_mark(self) -> Mark:
        return self.document.key_mark_at(self.path)

    @property
    def first_key_mark(self) -> Mark:
        """Where a map begins, for what is missing in it as a whole."""
        value = self.value
        return self.at(next(iter(value))).key_mark if isinstance(value, Map) and value else self.mark

    @property
    def value(self) -> Any:
        """What stands here."""
        value: Any = self.document.value
        for step in self.path:
            value = value[step]
        return value

    @property
    def schema(self) -> Schema:
        """The schema of this place, as far as it does not depend on values."""
        schema: Any = self.root
        for step in self.path:
            if isinstance(step, int):
                schema = schema.get("items", {})
            else:
                patterns = schema.get("patternProperties", {}).items()
                own = schema.get("properties", {}).get(step)
                schema = own or next((inner for pattern, inner in patterns if re.search(pattern, step)), {})
        return schema if isinstance(schema, dict) else {}

    def at(self, step: str | int) -> Place:
        return Place(self.document, self.root, (*self.path, step), self.looks)

    def problem(
        self,
        code: str,
        message: str,
        *,
        hint: str | None = None,
        mark: Mark | None = None,
        write: str | None = None,
        related: tuple[Related, ...] = (),
    ) -> Problem:
        """A problem here, or at `mark`; `write` is what surely belongs there instead."""
        mark = mark or self.mark
        fix = Fix(mark, write) if write is not None else None
        return Problem(code, message, mark, hint=hint, related=related, fix=fix)

    def meant(self, name: str, known: Iterable[str]) -> str | None:
        """The known name nearest to `name`, as long as looking for it is worth the time."""
        if self.looks.left <= 0 or len(name) > _LONGEST_NAME:
            return None
        self.looks.left -= 1
        names = list(known)
        letters = sorted(name.casefold())
        # Swapped letters in a short word leave too little in common for a near miss: `od` for `do`.
        return did_you_mean(name, names) or next((n for n in names if sorted(n) == letters), None)


def is_sure(name: str, meant: str) -> bool:
    """Whether a repair may be offered, not only suggested."""
    written = name.casefold().replace("-", "_")
    return sorted(written) == sorted(meant) or SequenceMatcher(None, written, meant).ratio() >= _SURE


def _short(key: str) -> str:
    return key if len(key) <= _LONGEST_NAME else f"{key[:_LONGEST_NAME]}…"
