"""Edits of random texts: what was meant is read, and no character outside the edited stretches differs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given

from entitlements.catalog.editing import edit
from entitlements.catalog.editing import list as edit_list
from entitlements.catalog.editing.edit import add_item, remove_item, rename_key, set_value, value_at
from entitlements.catalog.editing.list import item_moved, out_of_place
from entitlements.catalog.editing.text import CannotEdit, Draft, Edit, Source, plain, same
from entitlements.catalog.load import shipped_folder
from entitlements.catalog.reading.document import read_bytes
from entitlements.catalog.reading.nodes import Map, Seq
from tests.properties.strategies import numbers, often

SHIPPED = sorted(shipped_folder().glob("**/*.yaml"))
WORDS = (
    "a",
    "b2",
    "api_access",
    "'it''s'",
    '"q: #1"',
    "Données",
    "no",
    "true",
    "12",
    "2.50",
    "x y",
    "~",
    "日本",
)
VALUES: tuple[Any, ...] = (
    "plain",
    "a: b",
    "# no",
    "",
    " x",
    "é𝒳",
    "yes",
    "1",
    7,
    -3,
    True,
    None,
    ["a", "b"],
    {"k": "v"},
    [],
)


class Text:
    """A random YAML text in the ways people write, made of one number."""

    def __init__(self, number: int) -> None:
        self.random = Random(number)  # noqa: S311  the same texts on every run
        self.keys = iter(f"k{n}" for n in range(10_000))

    def bytes(self) -> bytes:
        random = self.random
        text = "\n".join([*self.comments(""), *self.map("", 3)]) + random.choice(
            ["\n", "", "\n\n# end\n", "  \n"]
        )
        if random.random() < 0.3:
            text = text.replace("\n", "\r\n")
        return (random.choice(["", "", "\ufeff"]) + text).encode()

    def map(self, indent: str, depth: int) -> Iterator[str]:
        for key in [next(self.keys) for _ in range(self.random.randint(1, 4))]:
            yield from self.comments(indent)
            yield from self.entry(indent, key, depth)

    def entry(self, indent: str, key: str, depth: int) -> Iterator[str]:
        random, tail = self.random, self.tail()
        deeper = indent + " " * random.choice([1, 2, 4])
        match random.randrange(7 if depth else 4):
            case 0 | 1:
                yield f"{indent}{key}: {self.scalar()}{tail}"
            case 2:
                yield f"{indent}{key}: {self.flow(2)}{tail}"
            case 3:
                yield from (
                    f"{indent}{key}: {random.choice(['|', '>-', '|+'])}",
                    f"{deeper}long",
                    f"{deeper}text",
                )
            case 4:
                yield from (f"{indent}{key}:{tail}", *self.map(deeper, depth - 1))
            case 5:
                dash = random.choice([indent, deeper])
                yield f"{indent}{key}:{tail}"
                for _ in range(random.randint(1, 5)):
                    yield from self.comments(dash)
                    yield f"{dash}-{' ' * random.choice([1, 1, 3])}{self.scalar()}{self.tail()}"
            case _:
                yield f"{indent}{key}:{tail}"
                for _ in range(random.randint(1, 3)):
                    yield f"{indent}- {next(self.keys)}: {self.scalar()}{self.tail()}"
                    yield f"{indent}  {next(self.keys)}: {self.scalar()}"

    def flow(self, depth: int) -> str:
        random = self.random
        if not depth or random.random() < 0.4:
            return self.scalar()
        comma = random.choice([", ", ",", " , ", ",\n          "])
        end = random.choice(["", "", ","])
        if random.random() < 0.5:
            items = [self.flow(depth - 1) for _ in range(random.randint(0, 4))]
            return f"[{comma.join(items)}{end if items else ''}]"
        pairs = [f"{next(self.keys)}: {self.flow(depth - 1)}" for _ in range(random.randint(0, 3))]
        return "{" + comma.join(pairs) + (end if pairs else "") + "}"

    def scalar(self) -> str:
        return self.random.choice(WORDS)

    def tail(self) -> str:
        return self.random.choice(["", "", "", " # why", "   #", "  "])

    def comments(self, indent: str) -> Iterator[str]:
        yield from self.random.choice([[], [], [], [f"{indent}# note"], [""], ["", "# left"]])


def readable(number: int) -> Draft:
    """The first text from `number` on that reads without a problem."""
    for again in range(100):
        data = Text(number * 1000 + again).bytes()
        if not read_bytes(data, "a.yaml").problems:
            return Draft(data, "a.yaml")
    msg = "no readable text"
    raise AssertionError(msg)


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(value, Map):
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    elif isinstance(value, Seq):
        for index, item in enumerate(value):
            yield from paths(item, (*path, index))


def set_at(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    found = home = plain(value)
    for step in path[:-1]:
        home = home[step]
    home[path[-1]] = new
    return found


def edited(draft: Draft, random: Random) -> tuple[Draft | None, Any]:
    """One random edit, and what the text should say then; None where the edit is refused."""
    path = random.choice([path for path in paths(draft.value) if path])
    value = value_at(draft, path)
    new = random.choice(VALUES)
    try:
        if isinstance(value, Seq) and all(isinstance(item, str) for item in value) and random.random() < 0.8:
            if value and random.random() < 0.4:
                item = random.choice(value)
                rest = [other for n, other in enumerate(value) if n != value.index(item)]
                return remove_item(draft, path, item), set_at(draft.value, path, rest)
            after = add_item(draft, path, "new_one")
            listed = value_at(after, path)
            assert [item for item in listed if item != "new_one"] == list(value)
            assert "new_one" in listed
            return after, set_at(draft.value, path, plain(listed))
        if isinstance(value, Map) and random.random() < 0.6:
            return set_value(draft, (*path, "new_key"), new), set_at(draft.value, (*path, "new_key"), new)
        if isinstance(path[-1], str) and random.random() < 0.2:
            after = rename_key(draft, path, "new_key")
            above = {
                ("new_key" if k == path[-1] else k): v for k, v in plain(value_at(draft, path[:-1])).items()
            }
            return after, set_at(draft.value, path[:-1], above) if path[:-1] else above
        return set_value(draft, path, new), set_at(draft.value, path, new)
    except CannotEdit:
        return None, None


def removed_lines(before: bytes, after: bytes) -> list[str]:
    """The lines of `before` that are not in `after`."""
    old, new = before.decode().splitlines(), after.decode().splitlines()
    return [line[2:] for line in difflib.ndiff(old, new) if line.startswith("- ")]


def comment_lines(data: bytes) -> list[str]:
    return [line for line in map(str.strip, data.decode().splitlines()) if line.startswith("#")]


def check(draft: Draft, random: Random) -> bool:
    """Whether a random edit was made; that it did what it should is asserted."""
    after, expected = edited(draft, random)
    if after is None:
        return False
    assert same(after.value, expected)
    found = read_bytes(after.data, "a.yaml")
    assert not found.problems
    assert same(found.value, expected)
    assert after.data.startswith(b"\xef\xbb\xbf") == draft.data.startswith(b"\xef\xbb\xbf")
    # A text of one line, before or after, does not say how its lines end.
    if b"\n" in draft.data and b"\n" in after.data:
        assert (b"\r\n" in after.data) == (b"\r\n" in draft.data)
    assert comment_lines(after.data) == comment_lines(draft.data)
    if b"\r\n" in draft.data:
        assert after.data.count(b"\n") == after.data.count(b"\r\n")
    return True


@given(numbers)
@often
def test_a_random_edit_of_a_random_text_is_what_was_meant_or_refused(number: int) -> None:
    check(readable(number), Random(number))  # noqa: S311


def test_most_random_edits_can_be_made() -> None:
    made = [check(readable(number), Random(number)) for number in range(300)]  # noqa: S311
    assert sum(made) > 0.75 * len(made), sum(made)


@given(numbers)
@often
def test_a_random_edit_of_a_shipped_file_loses_no_comment_and_no_other_line(number: int) -> None:
    random = Random(number)  # noqa: S311
    path = random.choice(SHIPPED)
    draft = Draft(path.read_bytes(), path.name)
    place = random.choice(
        [p for p in paths(draft.value) if p and not isinstance(value_at(draft, p), Map | Seq)]
    )
    after = set_value(draft, place, "something else")
    mark = draft.document.mark_at(place)
    gone = removed_lines(draft.data, after.data)
    assert len(gone) <= mark.end_line - mark.line + 1
    start, end = draft.source.span(mark)
    text, new = draft.source.text, after.source.text
    assert new.startswith(text[:start])
    assert new.endswith(text[end:].lstrip())
    assert set_value(after, place, "something else").data == after.data


@given(numbers)
@often
def test_adding_and_removing_an_item_leaves_the_text_as_it_was(number: int) -> None:
    random = Random(number)  # noqa: S311
    path = random.choice(SHIPPED)
    draft = Draft(path.read_bytes(), path.name)
    lists = [
        p
        for p in paths(draft.value)
        if isinstance(v := value_at(draft, p), Seq) and v and isinstance(v[0], str)
    ]
    if lists:
        place = random.choice(lists)
        item = random.choice(["a_first", "m_middle", "z_last"])
        with_it = add_item(draft, place, item)
        assert add_item(with_it, place, item) is with_it
        assert remove_item(with_it, place, item).data == draft.data


@given(numbers)
@often
def test_an_item_out_of_order_is_moved_and_nothing_else(number: int) -> None:
    random = Random(number)  # noqa: S311
    items = [f"i{n}" for n in range(random.randint(4, 8))]
    moved = items.pop(random.randrange(len(items)))
    items.insert(random.randrange(len(items) + 1), moved)
    lines = [f"- {item}{random.choice(['', ' # ' + item, '   '])}" for item in items]
    in_lines = "f:\n" + "\n".join(lines) + random.choice(["\n", "", "\n# end\ng: 1\n"])
    beside = f"f: [{', '.join(items)}]  # end\n"
    for text in (in_lines, beside, beside.replace(", ", ",\n  ")):
        document = read_bytes(text.encode(), "a.yaml")
        index = out_of_place(document.value["f"])
        if index is None:
            continue
        source = Source(text.encode())
        after = source.edited(item_moved(source, document.value["f"], index)).decode()
        assert read_bytes(after.encode(), "a.yaml").value["f"] == sorted(items)
        assert sorted(re.findall(r"[\w#]+", after)) == sorted(re.findall(r"[\w#]+", text))


@given(numbers)
@often
def test_edits_leave_all_other_bytes_alone(number: int) -> None:
    random = Random(number)  # noqa: S311
    text = "".join(random.choice("aé𝒳\n日 ") for _ in range(random.randint(0, 40)))
    cuts = sorted(random.randint(0, len(text)) for _ in range(2 * random.randint(0, 3)))
    edits = [
        Edit(start, end, random.choice(["", "new", "é"]))
        for start, end in zip(cuts[::2], cuts[1::2], strict=True)
    ]
    wanted, at = "", 0
    for start, end, new in edits:
        wanted += text[at:start] + new
        at = end
    random.shuffle(edits)
    bom = random.choice([b"", b"\xef\xbb\xbf"])
    made = Source(bom + text.encode()).edited(edits)
    assert len(made) == len(bom) + len((wanted + text[at:]).encode())
    if len({edit.start for edit in edits}) == len(edits):
        assert made == bom + (wanted + text[at:]).encode()


def check_many() -> None:
    for number in range(400):
        check(readable(number), Random(number))  # noqa: S311


@pytest.mark.parametrize(
    ("module", "name", "slip"),
    [
        (Source, "line_break", "\n"),
        (edit, "content_end", lambda source, _node, _start, end: source.line_end(end)),
        (edit_list, "_place_in", lambda items, _: len(items) + 1),
    ],
)
def test_a_slip_in_the_editor_is_caught(
    module: Any, name: str, slip: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, name, slip)
    with pytest.raises((AssertionError, IndexError)):
        check_many()
