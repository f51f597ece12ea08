"""Files with something wrong somewhere: bytes, tokens and lines taken out, doubled, swapped, put in."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from random import Random

from tests.fuzz.seeds import Seed, seeds

Mutation = Callable[[Random, bytes], bytes]
_TOKEN = re.compile(rb"[A-Za-z0-9_.@]+| +|\n|[^A-Za-z0-9_. \n]")
ODD_BYTES = [
    *(bytes([byte]) for byte in b"\0\t\r\n\x07\x1b\x7f\x80\xc3\xff{}[]:,#&*!|>'\"%@`-? "),
    *(text.encode() for text in "\u00a0\u0085\u2028\u200b\ufeff\u202e“”‘é😀\ufffe\u0301"),
    b"\xed\xa0\x80",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
]
ODD_TOKENS = [
    *b"~ true False yes 0 -1 0777 1_000 1,000 0x1F 0o17 0b1 1e3 1e99 1e-99 1e999 -0.0 0e-9999999999".split(),
    *b".5 5. .inf -.INF .nan 12:30 2026-01-01 2026-02-30 0001-01-01 9999-12-31T23:59:59-23:59".split(),
    *b"<< --- ... %TAG %YAML !!str !x &a *a | > |2- >+9 '' [] [[ {} }} ]: :: sha256:00".split(),
    *(rb'"\x07"', rb'"\u2028"', rb'"\ud800"', rb'"\e"', b'""', b"? ", b": ", b" #", b"\n\t", b"\n  "),
    *b"unlimited none never free on_request by_rate unknown offered catalog a:b a: pro@0 @".split(),
    *(b"9" * 13, b"9" * 29, b"9" * 40, b"9" * 41, b"x" * 120, b"- " * 70, b"{a: " * 70, b"[" * 70),
]


def mutated(seed: int, number: int) -> Seed:
    """The file of that number; each is made by itself, so that one can be made again."""
    rng = Random(f"{seed}/{number}")  # noqa: S311  nothing secret
    chosen = rng.choice(seeds())
    data = chosen.data
    for _ in range(rng.choice([1, 1, 1, 2, 3, 8])):
        data = rng.choice(MUTATIONS)(rng, data)
    return chosen._replace(data=data)


@cache
def _vocabulary() -> tuple[bytes, ...]:
    return tuple(sorted({token for seed in seeds() for token in _TOKEN.findall(seed.data)}))


def _flip(rng: Random, data: bytes) -> bytes:
    if not data:
        return b"\0"
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def _insert(rng: Random, data: bytes) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + rng.choice(ODD_BYTES) + data[at:]


def _cut(rng: Random, data: bytes) -> bytes:
    start, length = rng.randint(0, len(data)), rng.choice([1, 2, 8, 64])
    return data[:start] + data[start + length :]


def _end(rng: Random, data: bytes) -> bytes:
    return data[: rng.randint(0, len(data))]


def _tokens(rng: Random, data: bytes) -> bytes:
    """One token swapped with another, taken out, doubled, or replaced by an odd one or another file's."""
    found = _TOKEN.findall(data)
    if not found:
        return rng.choice(ODD_TOKENS)
    at, other = rng.randrange(len(found)), rng.randrange(len(found))
    match rng.randrange(5):
        case 0:
            found[at], found[other] = found[other], found[at]
        case 1:
            del found[at]
        case 2:
            found.insert(other, found[at])
        case 3:
            found[at] = rng.choice(ODD_TOKENS)
        case _:
            found[at] = rng.choice(_vocabulary())
    return b"".join(found)


def _value(rng: Random, data: bytes) -> bytes:
    """One `key: value` given an odd value, which most often leaves the file readable."""
    places = list(re.finditer(rb"(?<=: )[^\s,{}\[\]]+", data))
    if not places:
        return data
    place = rng.choice(places)
    return data[: place.start()] + rng.choice(ODD_TOKENS) + data[place.end() :]


def _lines(rng: Random, data: bytes) -> bytes:
    """A line taken out, doubled, moved, or indented otherwise."""
    lines = data.splitlines(keepends=True) or [b"\n"]
    at, to = rng.randrange(len(lines)), rng.randrange(len(lines))
    line = lines[at]
    match rng.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines.insert(to, line)
        case 2:
            lines[at], lines[to] = lines[to], line
        case _:
            lines[at] = rng.choice([b"", b" ", b"  ", b"\t", b"- "]) + line.lstrip()
    return b"".join(lines)


def _borrow(rng: Random, data: bytes) -> bytes:
    """Some lines of another file in the midst of this one."""
    other = rng.choice(seeds()).data.splitlines(keepends=True)
    start = rng.randrange(len(other) or 1)
    lines = data.splitlines(keepends=True)
    at = rng.randint(0, len(lines))
    return b"".join([*lines[:at], *other[start : start + rng.randint(1, 6)], *lines[at:]])


MUTATIONS: list[Mutation] = [_flip, _insert, _cut, _end, _tokens, _tokens, _value, _value, _lines, _borrow]
