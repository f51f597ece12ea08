"""catalog.yaml itself and the translations: the references of both."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from entitlements.catalog.build_next import Next
from entitlements.catalog.build_plans import files_of
from entitlements.catalog.names import Kind, Names, Unknown, respelling
from entitlements.catalog.reading.document import Document, Map
from entitlements.catalog.reading.scalars import shown
from entitlements.clock import is_time_zone
from entitlements.model import EMPTY, Cap, Plan
from entitlements.problems import Mark, Problem, Related, did_you_mean

#: First word of a text key → what the second word names.
_TEXT_KINDS: Mapping[str, Kind] = {
    "plan": "plan",
    "feature": "feature",
    "cap": "cap",
    "support": "support level",
    "add_on": "add-on",
    "group": "group",
    "client": "client",
    "contact": "contact",
}


#: What of a thing may be translated.
_TEXT_FIELDS = ("title", "description", "ask", "includes", "unit", "counts", "on_loss", "to_reduce")


def check_head(head: Map, plans: Mapping[str, Plan], caps: Mapping[str, Cap], names: Names) -> None:
    """Note every reference of catalog.yaml that leads nowhere."""
    _check_ladder(head["ladder"], plans, caps, names)
    for field in ("default_plan", "after_end"):
        names.refer("plan", head[field], head.value_mark(field), f"`{field}` names the")
    aliases: Any = head.get("aliases") or {}
    for word, key in aliases.items():
        names.refer("plan", key, aliases.value_mark(word), f'the alias "{word}" stands for the')
        if names.has("plan", word):
            message, related = f'the alias "{word}" hides a plan of that key', names.places["plan"][word]
            names.problems.append(
                Problem(
                    "R316",
                    message,
                    aliases.key_mark(word),
                    hint="choose another word",
                    related=(Related(related, "the plan"),),
                )
            )
    needs: Any = (head.get("baa") or {}).get("needs") or ()
    for i, feature in enumerate(needs):
        names.refer("feature", feature, needs.item_mark(i), "`baa: needs` names the")
    if not is_time_zone(head["time_zone"]):
        message, hint = (
            f"there is no time zone {shown(head['time_zone'])}",
            'write one such as "UTC" or "Africa/Nairobi"',
        )
        names.problems.append(Problem("R321", message, head.value_mark("time_zone"), hint=hint))
    trial: Any = (head.get("terms") or {}).get("trial") or {}
    if "plan" in trial:
        names.refer("plan", trial["plan"], trial.value_mark("plan"), "`terms: trial` names the")


def _check_ladder(ladder: Any, plans: Mapping[str, Plan], caps: Mapping[str, Cap], names: Names) -> None:
    for i, key in enumerate(ladder):
        if names.lacks("plan", key):
            near = did_you_mean(key, names.places.get("plan", ()))
            hint = f'did you mean "{near}"?' if near else f"add a file {key}.yaml, or take it off the ladder"
            message = f'the ladder names the plan "{key}", which has no file'
            fix = respelling(key, names.places.get("plan", ()), ladder.item_mark(i))
            names.unknown.append(Unknown(("plan",), key, ladder.item_mark(i), message, hint, "R310", fix))
            continue
        names.use("plan", key)
        if key in plans:
            _every_cap_stated(plans[key], plans, caps, names)


def _every_cap_stated(plan: Plan, plans: Mapping[str, Plan], caps: Mapping[str, Cap], names: Names) -> None:
    # A cap that is misspelt in this plan or above it is the mistake, not that the right one is missing.
    if names.any_unknown("cap", files_of(plan, plans)):
        return
    above = set(files_of(plans.get(plan.extends) if plan.extends else None, plans))
    inherits = any(problem.code == "R313" and problem.mark.file in above for problem in names.problems)
    lacking = sorted(caps.keys() - plan.caps.keys())
    if not lacking or inherits:
        return
    units, cap = [caps[cap].unit.other for cap in lacking], lacking[0]
    what = " and ".join([", ".join(units[:-1]), units[-1]]) if len(units) > 1 else units[0]
    message = f'plan "{plan.key}" is on the ladder but does not say how many {what} it includes'
    hint = f"under `caps:` add `{cap}: {{included: …, extra: …}}`, `{cap}: unlimited` or `{cap}: none`"
    if len(lacking) > 1:
        hint += f"; the same for {', '.join(lacking[1:])}; or inherit them with `extends:`"
    related = tuple(Related(caps[cap].mark, f'the cap "{cap}"') for cap in lacking)
    names.problems.append(Problem("R313", message, plan.mark, hint=hint, related=related))


def check_next(ladder: Any, coming: Mapping[str, Next], caps: Mapping[str, Cap], names: Names) -> None:
    """Note what versions to come of plans on the ladder do not say."""
    for key in ladder:
        if key in coming:
            _every_cap_stated(coming[key].plan, coming[key].plans, caps, names)


def build_texts(documents: list[Document], names: Names) -> Mapping[str, Mapping[str, str]]:
    """Translations by language, then by text key; a key that translates nothing is noted."""
    found: dict[str, Mapping[str, str]] = {}
    for document in documents:
        value: Any = document.value
        texts = value["texts"]
        for key in texts:
            kind, _, rest = key.partition(".")
            _check_text_key(kind, rest.partition(".")[0], texts.key_mark(key), key, names)
        found.setdefault(value["lang"], MappingProxyType(dict(texts)))
    return MappingProxyType(dict(sorted(found.items()))) if found else EMPTY


def _check_text_field(kind: Kind, name: str, key: str, mark: Mark, names: Names) -> None:
    """What of the thing is translated: its title, its description, …"""
    first, _, rest = key.partition(f".{name}.")
    field, dot, more = rest.partition(".")
    if rest and field not in _TEXT_FIELDS:
        near = did_you_mean(field, _TEXT_FIELDS)
        hint = f"allowed: {', '.join(_TEXT_FIELDS)}"
        if near is not None:
            hint = f'did you mean "{first}.{name}.{near}{dot}{more}"?'
        message = f'"{key}" translates nothing: a {kind} has no text "{field}"'
        names.problems.append(Problem("R322", message, mark, hint=hint))


def _check_text_key(word: str, name: str, mark: Any, key: str, names: Names) -> None:
    kind = _TEXT_KINDS.get(word)
    if word == "catalog" or (kind is not None and not names.lacks(kind, name)):
        if kind is not None:
            names.use(kind, name)
            _check_text_field(kind, name, key, mark, names)
        return
    known = (
        [f"{word}.{other}{key[len(word) + len(name) + 1 :]}" for other in names.places.get(kind, ())]
        if kind
        else [f"{other}{key[len(word) :]}" for other in _TEXT_KINDS]
    )
    near = did_you_mean(key, known)
    message = f'"{key}" translates nothing: ' + (
        f'there is no {kind} "{name}"' if kind else f'no text begins with "{word}"'
    )
    hint = f'did you mean "{near}"?' if near else None
    if kind is None:
        names.problems.append(Problem("R322", message, mark, hint=hint))
    else:
        fix = respelling(key, known, mark)
        names.unknown.append(Unknown((kind,), name, mark, message, hint, "R322", fix))
