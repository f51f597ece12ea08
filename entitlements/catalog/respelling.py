"""Names that are written as no key can be, such as `API-Access`, held against those that are declared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from entitlements.catalog.names import Names
from entitlements.catalog.reading.document import Document, Map, Seq
from entitlements.catalog.reading.written import flow_text
from entitlements.problems import Fix, Mark, Problem, surely_meant

#: Words that stand beside names: `cap.users`, `plan.pro.title`.
_WORDS = (
    *("cap", "effect", "plan", "feature", "support", "add_on", "group", "client", "contact", "catalog"),
    *("title", "description", "ask", "unit", "one", "other"),
)
_PARTS = re.compile(r"[^.@]+")
_JOINTS = str.maketrans("", "", "_- ")


def with_names_meant(documents: Iterable[Document], names: Names) -> Iterator[Problem]:
    """The problems of all documents; those of wrongly written names say which declared ones are meant."""
    known: dict[str, str] | None = None
    for document in documents:
        for problem in document.problems:
            if problem.code == "S205" and problem.mark.line == problem.mark.end_line:
                known = _known(names) if known is None else known
                yield _with_name_meant(problem, _text_at(problem.mark, document), known)
            else:
                yield problem


def _with_name_meant(problem: Problem, written: str, known: Mapping[str, str]) -> Problem:
    parts = _PARTS.findall(written)
    # A word alone may be a new key as well.
    meant_by = _meant if len(parts) > 1 else _spelt
    instead = {part: part if part.isdigit() else meant_by(part, known) for part in parts}
    if None in instead.values():
        return problem
    meant = _PARTS.sub(lambda part: instead[part[0]] or "", written)
    if meant == written:
        return problem
    return replace(problem, hint=f'did you mean "{meant}"?', fix=Fix(problem.mark, flow_text(meant)))


def _spelt(part: str, known: Mapping[str, str]) -> str | None:
    return known.get(_fold(part))


def _meant(part: str, known: Mapping[str, str]) -> str | None:
    """The name that is written so but for case and joints, or but for one slip, or with letters swapped."""
    swapped = (name for folded, name in known.items() if sorted(folded) == sorted(_fold(part)))
    return _spelt(part, known) or surely_meant(part, known.values()) or next(swapped, None)


def _known(names: Names) -> dict[str, str]:
    """Every rightly written key that is declared, by what is left of it without case and joints."""
    declared = [(key, mark) for keys in names.places.values() for key, mark in keys.items()]
    return {
        _fold(key): key for key in (*_WORDS, *(key for key, mark in declared if mark not in names.faulty))
    }


def _fold(text: str) -> str:
    return text.casefold().translate(_JOINTS)


def _text_at(mark: Mark, document: Document) -> str:
    value: Map | Seq = document.value
    line = value.lines.text.split("\n", mark.line)[mark.line - 1]
    return line[mark.column - 1 : mark.end_column - 1].strip("\"'")
