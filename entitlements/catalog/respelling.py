"""Names that are written as no key can be, such as `API-Access`, held against those that are declared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from entitlements.catalog.names import Names
from entitlements.catalog.reading.document import Document, Map, Seq
from entitlements.catalog.reading.written import flow_text
from entitlements.catalog.shape.expected import plain_key
from entitlements.problems import Fix, Mark, Problem, surely_meant

#: Words that stand beside names: `cap.users`, `plan.pro.title`.
_WORDS = (
    *("cap", "effect", "plan", "feature", "support", "add_on", "group", "client", "contact", "catalog"),
    *("title", "description", "ask", "unit", "one", "other"),
)
#: The kinds of file that may call a plan by another word.
_WITH_ALIASES = ("subjects", "plan-tests")
_PARTS = re.compile(r"[^.@]+")
_JOINTS = str.maketrans("", "", "_- ")


def with_names_meant(documents: Iterable[tuple[str, Document]], names: Names) -> Iterator[Problem]:
    """The problems of all documents; those of wrongly written names say which declared ones are meant."""
    declared = {mark for keys in names.places.values() for mark in keys.values()}
    for kind, document in documents:
        wrong = [problem for problem in document.problems if _is_word(problem)]
        known = _known(names, kind) if wrong else {}
        for problem in document.problems:
            if problem in wrong:
                written = _text_at(problem.mark, document)
                yield _with_name_meant(problem, written, known, is_new=problem.mark in declared)
            else:
                yield problem


def _is_word(problem: Problem) -> bool:
    return problem.code == "S205" and problem.mark.line == problem.mark.end_line


def _with_name_meant(problem: Problem, written: str, known: Mapping[str, str], *, is_new: bool) -> Problem:
    parts = _PARTS.findall(written)
    # A word alone may be a new key as well, or no key at all.
    meant_by = _meant if len(parts) > 1 or (_is_key(problem, written) and not is_new) else _spelt
    instead = {part: part if part.isdigit() else meant_by(part, known) for part in parts}
    if None in instead.values():
        return problem
    meant = _PARTS.sub(lambda part: instead[part[0]] or "", written)
    if meant == written:
        return problem
    return replace(problem, hint=f'did you mean "{meant}"?', fix=Fix(problem.mark, flow_text(meant)))


def _is_key(problem: Problem, written: str) -> bool:
    """Whether a key belongs there: what to write is shown with the word as one."""
    return (problem.hint or "").endswith(tuple(f"such as {plain_key(written, by)}" for by in ("_", "_-")))


def _spelt(part: str, known: Mapping[str, str]) -> str | None:
    return known.get(_fold(part))


def _meant(part: str, known: Mapping[str, str]) -> str | None:
    """The name that is written so but for case and joints, or but for one slip, or with letters swapped."""
    swapped = (name for folded, name in known.items() if sorted(folded) == sorted(_fold(part)))
    return _spelt(part, known) or surely_meant(part, known.values()) or next(swapped, None)


def _known(names: Names, kind: str) -> dict[str, str]:
    """Every rightly written key that a file of `kind` may name, by its letters without case and joints."""
    places = {of: keys for of, keys in names.places.items() if of != "alias" or kind in _WITH_ALIASES}
    declared = [(key, mark) for keys in places.values() for key, mark in keys.items()]
    return {
        _fold(key): key for key in (*_WORDS, *(key for key, mark in declared if mark not in names.faulty))
    }


def _fold(text: str) -> str:
    return text.casefold().translate(_JOINTS)


def _text_at(mark: Mark, document: Document) -> str:
    value: Map | Seq = document.value
    line = value.lines.text.split("\n", mark.line)[mark.line - 1]
    return line[mark.column - 1 : mark.end_column - 1].strip("\"'")
