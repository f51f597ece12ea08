"""Input made to hurt: each is answered in a process with little memory, before a generous time runs out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TIME = 10  # seconds; each takes well under one
MEMORY = 200 * 1024**2

READ = f"""
import resource, sys
from entitlements.catalog.reading.document import read_bytes
data = eval(sys.argv[1]).encode()
# Above what the interpreter and the input take themselves.
with open("/proc/self/statm") as pages:
    used = int(pages.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + {MEMORY},) * 2)
document = read_bytes(data, "a.yaml")
for problem in document.problems:
    print(problem.code, problem.mark.line, problem.mark.column)
"""

# The parser itself stops at 1,000 brackets, which it looks at before it tells of the first.
HOSTILE = {
    "brackets": ("'[' * 100_000", "Y109 1 1001"),
    "open braces": ("'{' * 100_000", "Y109 1 1001"),
    "braces with keys": ("'{a: ' * 100_000", "Y109 1 257"),
    "dashes": ("'- ' * 100_000", "Y109 1 129"),
    "question marks": ("'? ' * 100_000", "Y115 1 3\nY109 1 129"),
    "dashes and question marks": ("'- ? ' * 100_000", "Y115 1 5\nY109 1 129"),
    "brackets, as many as fit": ("'[' * 2**24", "Y109 1 1001"),
    "indentation": ("''.join(' ' * n + 'a:\\n' for n in range(5000))", "Y109 65 65"),
    "alias bomb": (
        "'a0: &a0 [x]\\n' + ''.join(f'a{n}: &a{n} [' + f'*a{n - 1},' * 9 + ']\\n' for n in range(1, 90))",
        "Y111 1 5\nY111 2 5\nY111 2 10",
    ),
    "merge key bomb": (
        "'- &a0 {k: 1}\\n' + ''.join(f'- &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\\n' for n in range(1, 90))",
        "Y111 1 3\nY111 2 3\nY111 2 8",
    ),
    "10 MB in one word": ("'a: ' + 'x' * 10_000_000", "Y109 1 4"),
    "10 MB in quotes": ("'a: \"' + 'x ' * 5_000_000 + '\"'", "Y109 1 4"),
    "quotes never closed": ("'a: \"' + 'x\\n' * 5_000_000", "Y108 1 4"),
    "digits": ("'a: ' + '9' * 100_000", "Y109 1 4"),
    "hexadecimal digits": ("'a: 0x' + 'f' * 100_000", "Y109 1 4"),
    "exponent": ("'a: 1e' + '9' * 100_000", "Y109 1 4"),
    "nothing but lines": ("'\\n' * 16_000_000", "Y114 1 1"),
    "nothing but carriage returns": ("'\\r' * 16_000_000", "Y105 1 1"),
    "nothing but NUL": ("'\\0' * 16_000_000", "Y103 1 1"),
    "tag directives": ("''.join(f'%TAG !a{n}! b\\n' for n in range(500_000))", "Y112 1 1"),
    "documents": ("'---\\n' * 1_000_000", "Y113 2 1"),
    "the same key": ("'a: 1\\n' * 1_000_000", "Y110 2 1\nY110 3 1"),
    "curly quotes": ("'- “\\n' * 1_000_000", "Y107 1 3\nY107 2 3"),
    "one broken line": ("'a: @' + 'x ' * 7_000_000", "Y108 1 4"),
    "an anchor": ("'a: &' + 'x' * 16_000_000 + ' 1'", "Y111 1 4"),
    "more bytes than are read": ("'a' * (2**24 + 1)", "Y109 1 1"),
}


def read(made_by: str, timeout: float = TIME) -> str:
    command = [sys.executable, "-c", READ, made_by]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize(("made_by", "first"), HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.skipif(sys.platform != "linux", reason="limits memory by what Linux tells of a process")
def test_hostile_input_is_answered_at_once_in_little_memory(made_by: str, first: str) -> None:
    assert f"{read(made_by)}\n".startswith(f"{first}\n")


HONEST = """''.join(
    f'plan_{p}:\\n  features:\\n' + ''.join(f'    - feature_number_{n:04d}_of_plan\\n' for n in range(1000))
    for p in range(200)
)"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory by what Linux tells of a process")
def test_an_honest_catalog_of_six_megabytes_is_read() -> None:
    assert read(HONEST) == ""


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory by what Linux tells of a process")
def test_more_parts_than_are_read_is_a_problem() -> None:
    # Two million parts take seconds, on a busy machine many.
    assert read("'[' + '1,' * 2_000_001 + ']'", timeout=60).startswith("Y109 1 ")
