"""What is said of names that are declared nowhere: one problem a name, where it was most likely misspelt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from entitlements.catalog.names import CODES, Kind, Names, Unknown, respelling
from entitlements.problems import Mark, Problem, Related, surely_meant

_MOST_PLACES = 10
#: So many places are not all misspelt in the same way.
_MANY = 2


def unknown_name_problems(names: Names) -> Iterator[Problem]:
    """One problem for each unknown name, with the other places that have it as related ones."""
    groups: dict[tuple[str, str], list[Unknown]] = {}
    for unknown in sorted(names.unknown, key=lambda unknown: _order(unknown.mark)):
        # Features and caps share one namespace.
        kind = "feature" if unknown.kinds[0] == "cap" else unknown.kinds[0]
        groups.setdefault((kind, unknown.key), []).append(unknown)
    for (_, key), found in groups.items():
        kinds = tuple(dict.fromkeys(kind for unknown in found for kind in unknown.kinds))
        declared = names.unused_like(kinds, key)
        if declared is None or not _alike(key, declared[1]):
            yield from _where_named(found)
            continue
        mark = names.places[declared[0]][declared[1]]
        if mark in names.faulty:
            continue
        if _is_misspelt(mark, key, found):
            yield _at_declaration(*declared, mark, key, found)
        else:
            # With one place on either side, it may as well be the declaration that is misspelt.
            other = Related(mark, f'"{declared[1]}" is declared here, and named nowhere')
            yield from (
                replace(problem, related=(other, *problem.related)) for problem in _where_named(found)
            )


def _alike(key: str, declared: str) -> bool:
    return surely_meant(key, [declared]) is not None or sorted(key) == sorted(declared)


def _is_misspelt(declared: Mark, key: str, found: list[Unknown]) -> bool:
    """Whether it is the declaration that has the mistake, and not the places that name it."""
    return len({unknown.mark for unknown in found}) >= _MANY or PurePosixPath(declared.file).stem == key


def _at_declaration(kind: Kind, declared: str, mark: Mark, key: str, found: list[Unknown]) -> Problem:
    places = "one place names" if len(found) == 1 else f"{len(found)} places name"
    message = f'nothing names the {kind} "{declared}", and {places} an unknown {kind} "{key}"'
    related = _related((unknown.mark for unknown in found), f'"{key}" is named here')
    code = CODES.get(kind, found[0].code)
    fix = respelling(declared, [key], mark)
    return Problem(code, message, mark, hint=f'did you mean "{key}"?', related=related, fix=fix)


def _where_named(found: list[Unknown]) -> Iterator[Problem]:
    """One problem for all places; one for each if each has its own edit."""
    promised = next((unknown for unknown in found if unknown.published), None)
    if promised is not None:
        # To follow the other places would only lead to the record, which nobody may edit.
        found = [promised, *(unknown for unknown in found if unknown is not promised)]
    if all(unknown.fix is not None for unknown in found):
        yield from (_problem(unknown, ()) for unknown in found)
    else:
        first, *others = found
        yield _problem(first, _related((unknown.mark for unknown in others), "named here, too"))


def _problem(unknown: Unknown, related: tuple[Related, ...]) -> Problem:
    fix = unknown.fix
    return Problem(unknown.code, unknown.message, unknown.mark, hint=unknown.hint, related=related, fix=fix)


def _related(marks: Iterable[Mark], message: str) -> tuple[Related, ...]:
    found = tuple(dict.fromkeys(marks))
    return tuple(Related(mark, message) for mark in found[:_MOST_PLACES])


def _order(mark: Mark) -> tuple[str, int, int]:
    return mark.file, mark.line, mark.column
