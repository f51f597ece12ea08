"""What changes in catalog.yaml beside plans, features and caps, and in the translations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from entitlements.catalog.diff.change import Change, Class, change, gives_or_takes, texts
from entitlements.catalog.diff.plans import Levels, takes_or_gives
from entitlements.model import EMPTY, Catalog, SupportLevel, Titled
from entitlements.problems import Mark

#: Fields of `terms` that are words for people.
_PROSE = frozenset({"autopay", "note"})
_BEFORE_ALL = -1


def levels_of(old: Catalog, new: Catalog) -> Levels:
    """Every support level of either catalog, ranked as the new one ranks them where it can."""
    gone = {
        key: SupportLevel(key, level.title, level.includes, _nearest_rank(key, old, new))
        for key, level in old.support_levels.items()
        if key not in new.support_levels
    }
    return {**gone, **new.support_levels}


def _nearest_rank(key: str, old: Catalog, new: Catalog) -> int:
    """Of a level that is gone: the rank, in the new catalog, of the highest one that was below it."""
    lower = [level for level in old.support_levels.values() if level.rank < old.support_levels[key].rank]
    return max(
        (new.support_levels[one.key].rank for one in lower if one.key in new.support_levels),
        default=_BEFORE_ALL,
    )


def head_changes(old: Catalog, new: Catalog, levels: Levels) -> Iterator[Change]:
    """The catalog as a whole: currency, ladder, default plan, aliases, terms, support levels, texts."""
    mark = Mark(in_folder(new, "catalog.yaml"))
    for word, cls in (("currency", "narrowing"), ("time_zone", "neutral"), ("ladder", "neutral")):
        before, after = getattr(old, word), getattr(new, word)
        if before != after:
            what = word.replace("_", " ")
            yield change(what, _as_class(cls), before, after, mark, kind="changed", path=(word,))
    for word in ("default_plan", "after_end"):
        yield from _leads(
            word.replace("_", " "), None, getattr(old, word), getattr(new, word), old, new, levels
        )
    for word in sorted({*old.aliases, *new.aliases}):
        yield from _leads("alias", word, old.aliases.get(word), new.aliases.get(word), old, new, levels)
    for feature in sorted({*old.baa_needs} ^ {*new.baa_needs}):
        pair = (feature if feature in old.baa_needs else None, feature if feature in new.baa_needs else None)
        yield change("baa needs", "neutral", *pair, mark, key=feature, path=("baa", "needs"))
    for path, before, after in _leaves(old.minimum_term, new.minimum_term, ()):
        longer = _binds_longer(before, after)
        pair = (plain(before), plain(after))
        where = ("minimum_term", *path)
        yield change(
            "minimum term", gives_or_takes(not longer, longer), *pair, mark, key=" ".join(path), path=where
        )
    yield from _terms(old.terms, new.terms, mark)
    yield from _levels(old, new, mark)
    for word, before, after in (
        ("client", old.clients, new.clients),
        ("contact", old.contacts, new.contacts),
        ("group", old.groups, new.groups),
    ):
        yield from _titled(word, before, after, mark)
    yield from texts(old, new, ("title", "description", "subject"), mark, None, ())
    yield from _translations(old, new)


def _leads(
    what: str, key: str | None, before: Any, after: Any, old: Catalog, new: Catalog, levels: Levels
) -> Iterator[Change]:
    """A word that leads to a plan, and now to another: it takes if that plan's terms are less.

    Who is led there by an alias pays for the plan; who has no subscription pays nothing.
    """
    if before == after:
        return
    if before is not None and after is not None:
        was, now = old.plans[before], new.plans[after]
        cls = takes_or_gives(was if key is not None else replace(was, price=now.price), now, levels)
    else:
        # Whose plan has a name that leads nowhere has none.
        cls = "widening" if before is None else "narrowing"
    path = ("aliases", key) if key is not None else (what.replace(" ", "_"),)
    mark = Mark(in_folder(new, "catalog.yaml"))
    yield change(what, cls, before, after, mark, key=key, path=path)


def _binds_longer(before: Any, after: Any) -> bool:
    """Of days, of `term_end`, or of the kinds that are exempt."""
    if isinstance(before or after, tuple):
        return bool({*(before or ())} - {*(after or ())})
    return _days(after) > _days(before)


def _days(term: Any) -> float:
    """The end of the term is later than any number of days."""
    if isinstance(term, Mapping):
        return max(map(_days, term.values()), default=0)
    return float("inf") if term == "term_end" else float(term or 0)


def _terms(before: Mapping[str, Any], after: Mapping[str, Any], mark: Mark) -> Iterator[Change]:
    for path, old, new in _leaves(before, after, ()):
        cls: Class = "text only" if path[-1] in _PROSE else "neutral"
        key = ".".join(path)
        yield change("term", cls, plain(old), plain(new), mark, key=key, path=("terms", *path))


def _leaves(before: Any, after: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from _leaves(before.get(key), after.get(key), (*path, key))
    elif before != after:
        yield path, before, after


def _levels(old: Catalog, new: Catalog, mark: Mark) -> Iterator[Change]:
    before, after = old.support_levels, new.support_levels
    path = ("support_levels",)
    for key in sorted({*before} ^ {*after}):
        pair = (before[key].title if key in before else None, after[key].title if key in after else None)
        yield change("support level", "neutral", *pair, mark, key=key, path=path)
    stay_before = [key for key in sorted(before, key=lambda k: before[k].rank) if key in after]
    stay_after = [key for key in sorted(after, key=lambda k: after[k].rank) if key in before]
    if stay_before != stay_after:
        yield change(
            "order of support levels", "neutral", stay_before, stay_after, mark, kind="changed", path=path
        )
    for key in stay_after:
        yield from texts(before[key], after[key], ("title", "includes"), mark, key, path)


def _titled(
    word: str, before: Mapping[str, Titled], after: Mapping[str, Titled], mark: Mark
) -> Iterator[Change]:
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            yield change(word, "neutral", old and old.title, new and new.title, mark, key=key)
        elif old != new:
            pair = (old.title, new.title) if old.title != new.title else (old.description, new.description)
            yield change(f"{word} text", "text only", *pair, mark, key=key, kind="changed")


def in_folder(catalog: Catalog, name: str) -> str:
    """A file of the catalog's folder, as marks name it; plan files lie at its top."""
    return (PurePosixPath(catalog.plans[catalog.default_plan].mark.file).parent / name).as_posix()


def _translations(old: Catalog, new: Catalog) -> Iterator[Change]:
    for lang in sorted({*old.texts, *new.texts}):
        before, after = old.texts.get(lang, EMPTY), new.texts.get(lang, EMPTY)
        mark = Mark(in_folder(new, f"lang/{lang}.yaml"))
        for key in sorted({*before, *after}):
            if before.get(key) != after.get(key):
                path = ("texts", key)
                pair = (before.get(key), after.get(key))
                yield change("translation", "text only", *pair, mark, key=f"{lang}: {key}", path=path)


def _as_class(word: str) -> Class:
    classes: dict[str, Class] = {"narrowing": "narrowing", "widening": "widening"}
    return classes.get(word, "neutral")


def plain(value: Any) -> Any:
    """The same data in plain dicts and lists."""
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, tuple) else value
