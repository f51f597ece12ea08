"""What fuzzing begins with: the shipped plan files, and files with one mistake each."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from entitlements.catalog.codes import known_codes
from entitlements.catalog.folder import KINDS
from entitlements.catalog.load import shipped_folder
from entitlements.catalog.shape.schema import KINDS as SCHEMAS

EXAMPLES = Path(__file__).resolve().parents[1] / "example-files"


class Seed(NamedTuple):
    """The bytes of one file, its name within a catalog folder, and the kind of file it is."""

    file: str
    kind: str
    data: bytes


#: Mistakes that no example of a code shows: most of them keep a reader busy.
BROKEN = [
    b"plan: pro\r\nversion: 1\r\ntitle: Pro\rsold: no\r\n",
    b"\xef\xbb\xbfplan: pro\nplan: pro\n\tversion: 1\n",
    "plan: “pro”\ntitle:\u00a0Pro\nfeatures: [a,\u200bb]\n".encode(),
    b"a: &x {b: *x, <<: *x}\nc: !!python/object:os.system [ls]\n",
    b"--- {a: 1}\n--- {b: 2}\n...\n%YAML 1.1\n",
    b"? [a, {b: c}]\n: d\n? e\n'f': \"g\\x07h\"\n",
    b"a: |2-\n   b\n  c\nd: >+\n e\n\n",
    b"a: [1, 0777, 1_000, 0x1F, 1e400, .nan, -0.0, 12:30, 2026-01-01, ~, yes]\n",
    "é: 1\ne\u0301: 2\n".encode(),
    b'{"plan": "pro", "version": 1, "price": {"monthly": "600.00"}, "caps": {"a": {"included": 1e2}}}',
]


#: Amounts that are numbers and yet none that anybody can pay, or write down.
COSTS = ["9" * 29, "9" * 40, "1e99", "1e308", "1e-99", "0e-9999999999", "1e-999999999", "-0.0"]
COSTLY = "plan: p\nversion: 1\ntitle: T\nsold: no\nsupport: email\nbaa: offered\nprice: {monthly: %s}\n"


@cache
def seeds() -> tuple[Seed, ...]:
    """Sorted, so that a number draws the same seed everywhere."""
    paths = [path for path in sorted(EXAMPLES.rglob("*.yaml")) if path.is_file() and path.name != "case.yaml"]
    return (
        *_shipped(),
        *_of_codes(),
        *(Seed("broken.yaml", "plan", data) for data in BROKEN),
        *(Seed("p.yaml", "plan", (COSTLY % cost).encode()) for cost in COSTS),
        *(Seed(path.name, _kind_of(path.relative_to(EXAMPLES)), path.read_bytes()) for path in paths),
    )


def _shipped() -> list[Seed]:
    folder = shipped_folder()
    paths = sorted(folder.rglob("*.yaml"))
    names = [path.relative_to(folder) for path in paths]
    return [
        Seed(name.as_posix(), _kind_of(name), path.read_bytes())
        for path, name in zip(paths, names, strict=True)
    ]


def _of_codes() -> list[Seed]:
    return [
        Seed(f"{code.code}.yaml", kind, text.encode())
        for code in known_codes().values()
        for text in (code.bad, code.good)
        for kind in [code.kind if code.kind in SCHEMAS else "plan"]
    ]


def _kind_of(name: Path) -> str:
    if name.name == "catalog.yaml":
        return "catalog"
    return next((KINDS[part] for part in reversed(name.parts[:-1]) if part in KINDS), "plan")
