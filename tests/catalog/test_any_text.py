"""Whatever the bytes: a value that was written, or problems that lie in the text."""

from __future__ import annotations

import random
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from entitlements.catalog.reading.document import Document, read_bytes


def read(text: str | bytes) -> Document:
    return read_bytes(text.encode() if isinstance(text, str) else text, "a.yaml")


def value_of(text: str) -> Any:
    document = read_bytes(text.encode(), "a.yaml")
    assert not document.problems
    return document.value


# No invisible characters: keys may not have them.
TEXTS = st.text(
    st.characters(
        codec="utf-8",
        categories=["L", "M", "N", "P", "S"],
        exclude_characters="\u034f\u115f\u1160\u3164\uffa0",
    )
    | st.just(" ")
)
LEAVES = st.none() | st.booleans() | st.integers(-(10**39), 10**39) | TEXTS
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS.filter(bool), inner, max_size=4),
    max_leaves=20,
)


class Quoting(yaml.SafeDumper):
    """Puts every text in double quotes, and writes out what it meets twice."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


Quoting.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


def composed_alike(tree: object) -> bool:
    """Whether some map has two keys that are the same for people: those are refused on purpose."""
    return any(problem.code == "Y110" for problem in read(yaml.dump(tree, Dumper=Quoting)).problems)


@settings(deadline=None)
@given(TREES.filter(lambda tree: not composed_alike(tree)), st.booleans(), st.booleans())
def test_what_a_dumper_writes_is_read_back(tree: object, flow: bool, plain: bool) -> None:
    text = yaml.dump(tree, Dumper=Quoting, default_flow_style=flow, allow_unicode=plain, width=40)
    assert value_of(text) == tree


PIECES = (  # noqa: SIM905 - a list would be fifty lines
    "a·b: ·- ·? ·:·[·]·{·}·,·\"·'·\n·\n  · ·\t·#·&x ·*x·<<·!·!!str ·|·>·%·@·`·---·...·\r·\r\n·\u00a0·\u200b"
    "·“·é·e\u0301·😀·\0·\x85·\ufeff·\u2028·0777·1_000·.nan·12·~·\\·\\u12·\n---\n·k: v\n·- i\n"
).split("·")


def test_any_text_gives_problems_that_lie_in_it() -> None:
    chance = random.Random(2)  # noqa: S311
    for _ in range(20_000):
        text = "".join(chance.choices(PIECES, k=chance.randrange(1, 20)))
        lines = text.removeprefix("\ufeff").split("\n")
        document = read(text)
        for problem in document.problems:
            mark = problem.mark
            assert 1 <= mark.line <= len(lines), text
            assert 1 <= mark.column <= len(lines[mark.line - 1]) + 1, text
            assert (mark.line, mark.column) <= (mark.end_line, mark.end_column), text
            assert problem.hint, text


def test_any_bytes_are_answered() -> None:
    chance = random.Random(3)  # noqa: S311
    for size in range(3000):
        read(chance.randbytes(size % 40))
