"""No text makes a pattern slow: each of ours, in schemas and in code, is asked about texts made to hurt it.

Plugins give no schemas and plan files no patterns, so these are all the patterns there are.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
#: Pattern, flags, and whether it is matched from the start or looked for anywhere.
Asked = tuple[str, int, str]
#: Seconds of the processor, for all hostile texts together; a tenth of that for each.
AT_MOST = 1
#: Seconds. One pattern that never ends must not hold up the others.
FOR_ALL = 120
LENGTH = 10_000

ASK = """
import json, re, signal, sys, time

def gives_up(*_):
    raise TimeoutError

def letters(pattern):
    # What the pattern itself speaks of, and what it surely does not.
    spoken = set(re.sub(r"\\\\[a-zA-Z]|[a-z]-[a-z]|[\\^$*+?{}()|]|\\[\\^?", "", pattern))
    return sorted({*list(spoken)[:14], *"a0 -_.:@/\\u00a0\\u2028", *pattern[:1]})

def texts(pattern, length):
    found = letters(pattern)
    for one in found:
        for head, tail in (("", "!"), ("x", "x"), ("", "\\n"), ("a", "@")):
            yield head + one * length + tail
        for other in found:
            yield (one + other) * (length // 2) + "!"
            yield one * (length // 2) + other * (length // 2) + "\\0"
        yield "2026-01-01T" + one * length
        yield "https://" + one * length + " "

signal.signal(signal.SIGPROF, gives_up)
length, at_most = int(sys.argv[1]), float(sys.argv[2])
for pattern, flags, name in json.load(sys.stdin):
    compiled = re.compile(pattern, flags)
    for how in (getattr(compiled, name), compiled.fullmatch):
        text = ""
        signal.setitimer(signal.ITIMER_PROF, at_most)
        try:
            for text in texts(pattern, length):
                begun = time.process_time()
                how(text)
                if time.process_time() - begun > at_most / 10:
                    raise TimeoutError
        except TimeoutError:
            print(json.dumps([pattern, how.__name__, text[:20]]))
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
"""


def in_schema(node: Any) -> Iterator[str]:
    """Every pattern in a schema: those of texts and those of keys."""
    if isinstance(node, list):
        for inner in node:
            yield from in_schema(inner)
    elif isinstance(node, dict):
        own = node.get("pattern")
        yield from (own,) if isinstance(own, str) else ()
        yield from node.get("patternProperties", ())
        for inner in node.values():
            yield from in_schema(inner)


def patterns_of_schemas() -> set[Asked]:
    schemas = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(ROOT.glob("schemas/**/*.json"))
    ]
    return {(pattern, 0, "search") for schema in schemas for pattern in in_schema(schema)}


def patterns_of_code() -> set[Asked]:
    """What the modules of the package keep compiled, to be asked as the module does."""
    for path in sorted((ROOT / "entitlements" / "catalog").glob("*.py")):
        importlib.import_module(f"entitlements.catalog.{path.stem}")
    found: set[Asked] = set()
    for module in [m for name, m in sorted(sys.modules.items()) if name.startswith("entitlements")]:
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                looks = re.search(rf"\b{name}\.(?!match|fullmatch)", inspect.getsource(module))
                found.add((value.pattern, value.flags, "search" if looks else "match"))
    return found


def slow(patterns: set[Asked]) -> list[str]:
    """One line for each pattern and way of asking that takes too long, with how the text begins."""
    command = [sys.executable, "-c", ASK, str(LENGTH), str(AT_MOST)]
    given = json.dumps(sorted(patterns))
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=FOR_ALL, check=True)
    return done.stdout.splitlines()


def test_there_are_patterns_to_ask() -> None:
    assert len(patterns_of_schemas()) > 15
    assert len(patterns_of_code()) > 20


def test_no_pattern_of_a_schema_is_slow() -> None:
    assert slow(patterns_of_schemas()) == []


def test_no_pattern_in_code_is_slow() -> None:
    assert slow(patterns_of_code()) == []


HURT = ["^(a+)+$", "([\u00a0\u2028]+)(?:$|#)"]


def test_a_slow_pattern_is_found() -> None:
    found = slow({(pattern, 0, "search") for pattern in HURT})
    assert {json.loads(line)[0] for line in found} == set(HURT)
