"""Catalogs with everything a plan file may say: the oracle's worlds, with prices, terms, texts and more.

Texts are chosen to be misread: what looks like a number, a comment, a tag or nothing at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from random import Random
from typing import Any

from entitlements.catalog.reading.document import Document, Number, read_bytes
from entitlements.catalog.shape.schema import violations
from entitlements.problems import Mark
from tests.oracle import worlds
from tests.oracle.catalogs import catalog_files

Data = dict[str, Any]
#: (kind, file, content)
File = tuple[str, str, Data]
ODD = [
    *(
        "Plain",
        "Two words",
        "yes",
        "No",
        "null",
        "~",
        "1e3",
        "0o17",
        "0777",
        "1_000",
        "12:30",
        "2026-01-01",
        ".5",
    ),
    *(
        "- x",
        "a: b",
        "a:b",
        "# x",
        "x # y",
        "{a}",
        "[b",
        "!t",
        "&a",
        "*a",
        "%T",
        "@x",
        "`c`",
        "<<",
        "=",
        "...",
        "---",
    ),
    *(
        "x ",
        " x",
        "a\nb",
        "a\n\n b\n",
        "a\tb",
        "\"q'\\",
        "C:\\n",
        "é ß 漢",
        "😀",
        "“q”",
        "x\u00a0y",
        "\u00a0x",
    ),
    *(
        "x\u2028y",
        "\u200bx",
        "\ufeffx",
        "e\u0301",
        "x\u202ey",
        "x" * 300,
        "word " * 60,
        "?",
        "? x",
        "|",
        ">",
        "-",
        ",",
    ),
]
AMOUNTS: list[Any] = ["0", "0.00", "600.00", "7.5", 12, 2.5, "999999999999.99", 1]
_RAW = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")


def odd(rng: Random) -> str:
    return rng.choice(ODD)


def maybe(rng: Random, **content: Any) -> Data:
    """Each entry or not."""
    return {key: value for key, value in content.items() if rng.random() < 0.5}


def plural(rng: Random) -> Data:
    return {"one": odd(rng), "other": odd(rng), **maybe(rng, few=odd(rng))}


def rich_files(rng: Random, catalog: Data) -> list[File]:
    """The files of `catalog`, a world's, with more in them."""
    levels = [f"level{number}" for number in range(rng.randint(1, 4))]
    features = list(catalog["features"])
    made: list[File] = []
    for kind, file, content in catalog_files(catalog):
        match kind:
            case "catalog":
                content = {**content, **_head(rng, catalog, levels)}  # noqa: PLW2901
                for cap in content["caps"].values():
                    cap.update(_cap(rng, features))
            case "features":
                content["group"].update(title=odd(rng), **maybe(rng, description=odd(rng)))
                for feature in content["features"].values():
                    feature.update(_feature(rng, feature))
            case "add-ons":
                for add_on in content["add_ons"].values():
                    add_on.update(title=odd(rng), price=_price(rng), **maybe(rng, description=odd(rng)))
            case _:
                content.update(_terms(rng, content, levels))
        made.append((kind, file, content))
    made += [_lang(rng, lang, catalog) for lang in worlds.some(rng, ["fr", "pt-BR"], 0.4)]
    return made


def _head(rng: Random, catalog: Data, levels: list[str]) -> Data:
    plans, features = list(catalog["working"]), list(catalog["features"])
    return {
        "title": odd(rng),
        "subject": plural(rng),
        "currency": rng.choice(["USD", "KES"]),
        "time_zone": rng.choice(["UTC", "Africa/Nairobi", "America/St_Johns", "Pacific/Apia"]),
        "support_levels": [
            {"key": key, "title": odd(rng), "includes": [odd(rng) for _ in range(rng.randrange(3))]}
            for key in levels
        ],
        **maybe(
            rng,
            description=odd(rng),
            minimum_term=maybe(rng, monthly={"days": 30}, annual={"until": "term_end"}, exempt=["trial"]),
            baa={"needs": worlds.some(rng, features, 0.2)},
            contacts={"sales": {"title": odd(rng), "ask": odd(rng), **maybe(rng, email="a@b", url="/x")}},
            terms=maybe(
                rng,
                payment={"timing": ["prepaid"], "methods": [], **maybe(rng, autopay=odd(rng))},
                invoice_day=rng.randint(1, 28),
                credits={"expire": "never", "kept_on": ["end", "downgrade"]},
                annual={"due_days": 0, **maybe(rng, note=odd(rng))},
                trial={"days": 1, "plan": rng.choice(plans)},
            ),
        ),
    }


def _cap(rng: Random, features: list[str]) -> Data:
    reduction = {"do": "delete", "reversible": rng.random() < 0.5, "data": odd(rng)}
    return {
        "title": odd(rng),
        "unit": plural(rng),
        "counted_by": rng.choice(["seats", "usage"]),
        **maybe(
            rng,
            description=odd(rng),
            period="billing_month",
            feature=rng.choice(features),
            to_reduce=[reduction] * rng.randrange(3),
        ),
    }


def _feature(rng: Random, feature: Data) -> Data:
    return {
        "title": odd(rng),
        "description": odd(rng),
        "on_loss": {**feature["on_loss"], **maybe(rng, restores="by_hand", advice=odd(rng))},
        "checks": {
            name: {**params, **maybe(rng, odd=_anything(rng, 3))}
            for name, params in feature["checks"].items()
        },
        **maybe(
            rng,
            counts=plural(rng),
            when_stale=rng.choice(["keep", "deny"]),
            listed=rng.choice(["pricing", "report", "no"]),
        ),
    }


def _anything(rng: Random, depth: int) -> Any:
    if depth and rng.random() < 0.6:
        inner = [_anything(rng, depth - 1) for _ in range(rng.randrange(3))]
        keys = ["yes", "a b", "1", "é"]
        return inner if rng.random() < 0.5 else dict(zip(rng.sample(keys, len(inner)), inner, strict=True))
    return rng.choice([None, True, False, 0, -7, 10**39, 2.5, -0.0, 1e-9, "", odd(rng)])


def _terms(rng: Random, content: Data, levels: list[str]) -> Data:
    """Support, BAA and price of a plan; with `extends` only what it likes to state."""
    rest: Data = {"support": rng.choice(levels), "baa": rng.choice(["offered", "not_offered"])}
    for cap in content["caps"].values():
        if isinstance(cap, dict) and "extra" in cap:
            cap["extra"] = rng.choice(["by_rate", "0.0001", 2, 2.5])
    if "digest" in content:
        return {"price": _price(rng), **rest}
    named = {"title": odd(rng), "sold": rng.choice(["self_service", "by_sales", "no"]), "price": _price(rng)}
    return {
        **named,
        **(maybe(rng, **rest) if "extends" in content else rest),
        **maybe(rng, description=odd(rng)),
    }


def _price(rng: Random) -> Any:
    monthly = rng.choice(AMOUNTS)
    annual = {"monthly": "100.00", "annual_total": rng.choice(["1000", "600.0"])}
    return rng.choice(["free", "on_request", {"monthly": monthly}, {"monthly": monthly}, annual])


def _lang(rng: Random, lang: str, catalog: Data) -> File:
    keys = [*(f"feature.{key}.title" for key in catalog["features"]), "catalog.title", "client.mobile.title"]
    return "lang", f"lang/{lang}.yaml", {"lang": lang, "texts": {key: odd(rng) for key in keys}}


def written(content: Any) -> bytes:
    """As JSON, which is YAML but for characters that must not stand in a file as they are."""
    text = json.dumps(content, ensure_ascii=False)
    return _RAW.sub(lambda match: f"\\u{ord(match[0]):04x}", text).encode()


def documents_of(files: Iterable[File], *, checked: bool = True) -> Iterator[tuple[str, Document]]:
    """Read, and held against their schemas if `checked`."""
    for kind, file, content in files:
        document = read_bytes(written(content), f"world/{file}")
        assert not document.problems, document.problems
        if checked:
            assert not violations(document, kind), violations(document, kind)
        yield kind, document


def told(value: Any) -> Any:
    """All that a catalog says, as data that compares; not where it says so."""
    if isinstance(value, Mark):
        return None
    if isinstance(value, Number):
        return ("number", value.text)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: told(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "items"):
        return {key: told(inner) for key, inner in value.items()}
    return [told(item) for item in value] if isinstance(value, list | tuple) else value
