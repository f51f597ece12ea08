"""Breaches of a schema in words for those who write plans: what was found, what is allowed, what was meant.

One mistake, one problem: a misspelt key is not missing as well, and nothing is said about what hangs on it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from entitlements.catalog.reading.scalars import shown
from entitlements.catalog.shape.expected import (
    FEW,
    Schema,
    allowed_keys,
    example_line,
    example_lines,
    expectation,
    key_form,
)
from entitlements.catalog.shape.place import Place, is_sure
from entitlements.catalog.shape.wrong_values import (
    no_such_day,
    out_of_range,
    repeated,
    wrong_form,
    wrong_type,
    wrong_word,
)
from entitlements.problems import Related

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jsonschema import ValidationError

    from entitlements.problems import Problem

_RULES = frozenset(("oneOf", "dependentRequired"))


def problems_at(place: Place, errors: list[ValidationError], *, unsure: bool = False) -> Iterator[Problem]:
    """The problems behind `errors`, all found at `place`; if `unsure`, without rules between its keys."""
    by_word: dict[str, list[ValidationError]] = {}
    for error in errors:
        by_word.setdefault(str(error.validator), []).append(error)
    if "type" in by_word:
        schema: Any = by_word["type"][0].schema
        yield wrong_type(place, errors[0].instance, schema)
        return
    if by_word.keys() & {"required", "minProperties"} and not errors[0].instance:
        yield _empty_map(place, by_word)
        return
    # What is only begun lacks so much that the choice it leaves open is no news.
    if "dependentRequired" in by_word or len(by_word.get("required", ())) > 1:
        by_word.pop("oneOf", None)
    guessed: set[str] = set()
    yield from _unknown_keys(place, by_word.pop("additionalProperties", ()), guessed)
    missing: list[ValidationError] = []
    for error in (error for errors in by_word.values() for error in errors):
        # Rules between keys, such as an `else`, which has no type: they cannot be judged on a guess.
        is_rule = (isinstance(error.schema, dict) and "type" not in error.schema) or error.validator in _RULES
        if (is_rule and (guessed or unsure)) or error.message in guessed:
            continue
        if error.validator == "required":
            missing.append(error)
        else:
            yield _about_keys(place, error) or _about_value(place, error)
    if missing:
        yield _missing(place, missing)


def _about_keys(place: Place, error: ValidationError) -> Problem | None:
    value: Any = error.instance
    schema: Any = error.schema
    limit: Any = error.validator_value
    match error.validator:
        case "dependentRequired":
            return _lonely_key(place, value, limit)
        case "oneOf":
            return _not_one_of(place, value, limit, schema)
        case "maxProperties":
            return _both(place, list(value), expectation(schema))
        case "properties":
            message = f'"{place.path[-1]}" cannot be given{place.parent.inside}'
            return place.problem("S201", message, hint=error.message, mark=place.key_mark)
    return None


def _about_value(place: Place, error: ValidationError) -> Problem:
    value: Any = error.instance
    schema: Any = error.schema
    limit: Any = error.validator_value
    match error.validator:
        case "enum":
            return wrong_word(place, value, limit, schema)
        case "pattern":
            return wrong_form(place, value, schema)
        case "format":
            return no_such_day(place, value, schema)
        case "minimum" | "maximum":
            which = "least" if error.validator == "minimum" else "most"
            return out_of_range(place, value, f"the {which} is {limit}")
        case "uniqueItems":
            return repeated(place, value[place.path[-1]], int(error.message))
        case "minItems":
            return place.problem("S208", f"{place.name} is an empty list", hint="put at least one in")
        case "maxItems":
            message = f"{place.name} has {len(value):,} items"
            return place.problem("S206", message, hint=f"the most is {limit}", mark=place.at(limit).mark)
    return place.problem("S205", f"{place.name}: {error.message[:200]}")


def _unknown_key(place: Place, error: ValidationError, guessed: set[str]) -> tuple[Problem, bool]:
    """A key the schema does not have, and whether more is known of it. What was meant goes into `guessed`."""
    key, mark = str(error.message), place.at(error.message).key_mark
    schema: Any = error.schema
    value: Any = error.instance
    known: Schema = schema.get("properties", {})
    absent = [name for name in known if name not in value and name not in guessed]
    required = [name for name in absent if name in schema.get("required", ())]
    meant = place.meant(key, required) or place.meant(key, absent) or _meant_alone(place, key)
    home = next((name for name, inner in known.items() if _has_key(inner, key)), None)
    code, message, hint, write = (
        "S201",
        f"unknown key {shown(key)}{place.inside}",
        schema.get("errorMessage"),
        None,
    )
    # Where people's own keys stand as well, it takes more than some likeness to a fixed one.
    is_open = home is None and not schema.get("patternProperties")
    if meant is not None and (is_open or is_sure(key, meant)):
        guessed.update((meant,) if meant in known else schema["required"])
        hint, write = f'did you mean "{meant}"?', meant if is_sure(key, meant) else None
    elif home is not None:
        guessed.add(home)
        hint = f'it belongs inside "{home}"'
    elif place.path and _has_key(place.root, key):
        hint = "it belongs at the top level of the file, not indented"
    elif key in _alone_in_first_item(place):
        guessed.update(schema.get("required", ()))
        hint = f'only the first item may be "{key}", alone'
    elif schema.get("patternProperties"):
        code, message, hint = "S205", f"{shown(key)} cannot be a key{place.inside}", key_form(key, schema)
    is_known = hint is not None and hint != schema.get("errorMessage")
    hint = hint or allowed_keys(absent) or allowed_keys(list(known))
    return place.problem(code, message, hint=hint, mark=mark, write=write), is_known


def _unknown_keys(place: Place, errors: Iterable[ValidationError], guessed: set[str]) -> Iterator[Problem]:
    """One problem for each unknown key; one for all those that nothing can be said of but that they are."""
    astray: list[Problem] = []
    keys: list[str] = []
    for error in errors:
        problem, known = _unknown_key(place, error, guessed)
        if known or place.path == ():
            yield problem
        else:
            astray.append(problem)
            keys.append(shown(str(error.message)))
    if len(astray) > 1:
        # They belong to a block whose own line is missing above them, or to another kind of file.
        names = " and ".join((", ".join(keys[:FEW][:-1]), keys[:FEW][-1]))
        related = tuple(Related(problem.mark, "this one, too") for problem in astray[1:FEW])
        yield replace(astray[0], message=f"unknown keys {names}{place.inside}", related=related)
    else:
        yield from astray


def _missing(place: Place, errors: list[ValidationError]) -> Problem:
    """What is not there; several parts of one place are one mistake: an item was begun and not filled."""
    if len(errors) > 1:
        names = [f'"{error.message}"' for error in errors]
        rule: Any = errors[0].schema
        why = rule.get("errorMessage") if isinstance(rule, dict) and "properties" not in rule else None
        message = f"{', '.join(names[:-1])} and {names[-1]} are missing{place.inside}"
        message += f": {why}" if why else ""
        hint = _example_of(place) or example_lines([str(error.message) for error in errors], rule)
        return place.problem("S202", message, hint=hint, mark=place.first_key_mark)
    key = str(errors[0].message)
    schema: Any = errors[0].schema
    inner = schema.get("properties", {}).get(key, {})
    # Where a rule between keys asks for this one, the rule's own words say why.
    why = inner.get("errorMessage") or (None if "properties" in schema else schema.get("errorMessage"))
    message = f'"{key}" is missing{place.inside}' + (f": {why}" if why else "")
    hint = example_line(key, inner) if inner else None
    return place.problem("S202", message, hint=hint, mark=place.first_key_mark)


def _example_of(place: Place) -> str | None:
    """A whole example of what is begun at `place`, in the line of its key."""
    whole = place.parent if place.path and isinstance(place.path[-1], int) else place
    key = whole.path[-1] if whole.path else None
    has_one = isinstance(key, str) and whole.schema.get("examples")
    return example_line(str(key), whole.schema) if has_one else None


def _lonely_key(place: Place, value: Schema, needs: dict[str, list[str]]) -> Problem:
    key = next(name for name, needed in needs.items() if name in value and not value.keys() >= set(needed))
    message = f'"{key}" is given without "{needs[key][0]}"{place.inside}'
    return place.problem("S202", message, mark=place.at(key).key_mark)


def _not_one_of(place: Place, value: Schema, choices: list[Schema], schema: Schema) -> Problem:
    given = [key for choice in choices for key in choice["required"] if key in value]
    if given:
        return _both(place, given, schema["errorMessage"])
    message = f"{place.name} is incomplete: {schema['errorMessage']}"
    return place.problem("S202", message, mark=place.first_key_mark)


def _both(place: Place, keys: list[str], why: str) -> Problem:
    names = " and ".join(f'"{key}"' for key in keys)
    message = f"{names} cannot be given together{place.inside}"
    return place.problem("S201", message, hint=why, mark=place.at(keys[1]).key_mark)


def _empty_map(place: Place, by_word: dict[str, list[ValidationError]]) -> Problem:
    needed = [error.message for error in by_word.get("required", ())]
    hint = "put at least one in"
    if needed:
        hint = f"it needs {', '.join(needed)}"
    else:
        schema: Any = by_word["minProperties"][0].schema
        hint = schema.get("patternErrorMessage", hint)
    return place.problem("S208", f"{place.name} is empty", hint=hint)


def _has_key(schema: Any, key: str) -> bool:
    return isinstance(schema, dict) and key in schema.get("properties", ())


def _alone_in_first_item(place: Place) -> Schema:
    """The keys that only the first item of a list of records may have, instead of all others: `now`."""
    first: Schema = next(iter(place.root.get("prefixItems", ())), {})
    keys: Schema = first.get("then", {}).get("properties", {})
    return keys if len(place.path) == 1 else {}


def _meant_alone(place: Place, key: str) -> str | None:
    return place.meant(key, _alone_in_first_item(place)) if place.path == (0,) else None
