"""From bytes to text: UTF-8, line ends, and no characters that nobody can see."""

from __future__ import annotations

import re

from entitlements.catalog.reading.findings import Findings, ReadingStops
from entitlements.catalog.reading.lookalikes import INVISIBLE, name
from entitlements.catalog.reading.nodes import Lines

_BOM = b"\xef\xbb\xbf"
_OTHER_BOMS = {
    b"\xff\xfe\0\0": "UTF-32",
    b"\0\0\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
# Which of the first four bytes are not NUL, in a text that begins with ASCII.
_WIDE: dict[tuple[bool, ...], str] = {
    (True, False, True, False): "UTF-16",
    (False, True, False, True): "UTF-16",
    (True, False, False, False): "UTF-32",
    (False, False, False, True): "UTF-32",
}
# ASCII control characters but tab, line feed and carriage return: quick to look for in bytes.
_ASCII_CONTROLS = bytes({*range(0x20), 0x7F} - set(b"\t\n\r"))
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]+|[\u2028\u2029\ufeff]+")
# What Git writes into a file that two people changed in one place.
_MERGE = re.compile(r"^(?:<{7}|>{7}|\|{7})(?= |\r?$)|^={7}(?=\r?$)", re.MULTILINE)
_MOST_MARKS = 4
_LONE_RETURN = re.compile("\r(?!\n)")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def decode(data: bytes, file: str) -> tuple[Findings, bool]:
    """The text of a file as the lines of its findings, and whether it is sound enough to be parsed."""
    bare = data.removeprefix(_BOM)
    wide = next((name for bom, name in _OTHER_BOMS.items() if data.startswith(bom)), None)
    wide = wide or _WIDE.get(tuple(byte != 0 for byte in data[:4]))
    if wide:
        found = Findings(Lines(file, ""))
        found.add(
            "Y102", f"the file is saved as {wide}", (0, 0), hint="save it again with the encoding UTF-8"
        )
        return found, False
    try:
        found = Findings(Lines(file, bare.decode()))
    except UnicodeDecodeError as error:
        return _not_utf8(bare, error.start, file), False
    if len(bare.translate(None, _ASCII_CONTROLS)) < len(bare) or b"\r" in bare or not bare.isascii():
        try:
            _find_unreadable(found)
        except ReadingStops:
            return found, False
    if any(mark in bare for mark in (b"<<<<<<<", b"=======", b">>>>>>>")):
        _find_merge(found)
    return found, not found.problems


def control_character(text: str) -> str | None:
    """The first control character but tab and line feed; only an escape can bring one into a value."""
    match = _CONTROL.search(text)
    return match[0] if match else None


def _not_utf8(bare: bytes, at: int, file: str) -> Findings:
    before = bare[:at].decode()
    found = Findings(Lines(file, before + "\ufffd"))
    meant = bytes([bare[at]]).decode("cp1252", "ignore")
    guess = f', perhaps "{meant}" in Windows encoding' if meant.isprintable() and meant else ""
    found.add(
        "Y101",
        f"the file is not UTF-8: byte {bare[at]:02X} here does not belong to a character{guess}",
        (len(before), len(before) + 1),
        hint="save it again with the encoding UTF-8",
    )
    return found


def _find_merge(found: Findings) -> None:
    """One problem for all the marks of a merge that nobody has finished."""
    marks = list(_MERGE.finditer(found.lines.text))
    if not marks:
        return
    where = [f"{mark[0]} in line {found.lines.mark(*mark.span()).line}" for mark in marks[:_MOST_MARKS]]
    more = f" and {len(marks) - _MOST_MARKS} more" if len(marks) > _MOST_MARKS else ""
    hint = "of what two people wrote between these marks keep what is right, and take the marks' lines out"
    message = f"marks of an unfinished merge stand in the file: {', '.join(where)}{more}"
    found.add("Y124", message, marks[0].span(), hint=hint)


def _find_unreadable(found: Findings) -> None:
    text = found.lines.text
    # One for the whole file, since saving it once mends them all.
    if lone := _LONE_RETURN.search(text):
        message = "a carriage return without a line feed, as in very old files"
        found.add("Y105", message, lone.span(), hint="save the file with the line endings LF or CRLF")
    for match in _UNREADABLE.finditer(text):
        character = match[0][0]
        if character in "\u2028\u2029\ufeff":
            what, hint = INVISIBLE
            found.add("Y106", f"{what} stands here: {name(character)}", match.span(), hint=hint, fix="")
        else:
            message = f"a control character stands here: {name(character)}"
            found.add("Y103", message, match.span(), hint="delete it", fix="")
