"""Plain data as YAML that this reader takes for the same data: keys in lines, small things beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from entitlements.catalog.reading.document import Number
from entitlements.catalog.reading.lookalikes import ODD_SPACE
from entitlements.model import EMPTY

# Every other text is put in quotes, so that no reader of YAML takes it for anything else.
_PLAIN = re.compile(
    r"(?!(?:y|n|yes|no|on|off|true|false|null)\Z)[a-z](?:[a-z0-9_./ -]*[a-z0-9_.])?", re.IGNORECASE
)
_ESCAPED = re.compile(f"[\x7f-\x9f\ufffe\uffff{ODD_SPACE}]")
_LONGEST_KEY = 1000
Data = dict[str, Any]


def yaml_text(content: Data) -> str:
    """The text of a file that holds `content`, in which None, () and {} stand for nothing."""
    return "\n".join([*_block(content), ""])


def _block(content: Data, indent: str = "") -> Iterator[str]:
    """The lines of a map: dicts and lists below their keys, all else beside them."""
    for key, value in content.items():
        head = f"{indent}{_text(key)}:"
        if type(value) is dict and value:
            yield from (head, *_block(value, f"{indent}  "))
        elif type(value) is list and value:
            yield from (head, *(f"{indent}  - {flow_text(item)}" for item in value))
        elif value not in (None, (), {}) or isinstance(value, type(EMPTY)):
            yield f"{head} {flow_text(value)}"


def flow_text(value: Any) -> str:
    """`value` within a line: `{included: 250, extra: "2.00"}`."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_key(key)}: {flow_text(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow_text, value))}]"
    if isinstance(value, str):
        return _text(value)
    return value.text if isinstance(value, Number) else json.dumps(value)


def _key(key: str) -> str:
    # YAML finds the colon of a longer key only when told that a key begins.
    written = _text(key)
    return written if len(written) < _LONGEST_KEY else f"? {written} "


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return _ESCAPED.sub(lambda odd: f"\\u{ord(odd[0]):04x}", json.dumps(text, ensure_ascii=False))
