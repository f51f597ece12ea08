"""How commands write: JSON, plain lines, and tables that are rich on a terminal and plain when piped."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TextIO

import click

#: Option for a machine-readable answer, on every command that answers.
json_option = click.option("--json", "as_json", is_flag=True, help="A JSON document with a versioned schema.")


_ours: TextIO | None = None


@contextmanager
def strangers_print_to_stderr() -> Iterator[None]:
    """While this lasts only `echo` reaches stdout: what a plugin prints must not end up inside our JSON."""
    global _ours
    before, _ours, sys.stdout = _ours, stdout(), sys.stderr
    try:
        yield
    finally:
        sys.stdout, _ours = stdout(), before


def keep_stdout_for_ourselves() -> None:
    """From now on what writes to file descriptor 1 by itself reaches stderr; `sys.stdout` is a copy of it.

    Does nothing where stdout is not the process's own, as under a test's capture.
    """
    real = sys.stdout
    if real is not sys.__stdout__ or real is None:
        return
    try:
        copy = os.dup(real.fileno())
        os.dup2(sys.stderr.fileno(), real.fileno())
    except (OSError, ValueError, AttributeError):
        return
    errors, buffering = real.errors, real.line_buffering
    sys.stdout = open(copy, "w", encoding=real.encoding, errors=errors, buffering=1 if buffering else -1)  # noqa: PTH123, SIM115  lives as long as the process


def stdout() -> TextIO:
    """Where our own output goes."""
    return _ours or sys.stdout


def echo(text: str | bytes = "", *, err: bool = False, nl: bool = True) -> None:
    """A line on stdout, or on stderr; bytes are written as they are."""
    click.echo(text, file=sys.stderr if err else stdout(), nl=nl)


def write_json(document: dict[str, Any]) -> None:
    """A JSON document on stdout."""
    echo(json_text(document))


def json_text(document: Any) -> str:
    """A JSON document in readable form; characters that stdout cannot write become JSON escapes."""
    text = json.dumps(document, indent=2, ensure_ascii=False, default=str)
    return text if writable(text) else json.dumps(document, indent=2, default=str)


def writable(text: str) -> bool:
    """Whether stdout's encoding has every character of `text`."""
    try:
        text.encode(stdout().encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def symbol(nice: str, plain: str) -> str:
    """`nice` where stdout can write it, else `plain`."""
    return nice if writable(nice) else plain


def screen_width() -> int:
    """Columns to write into: the terminal's, up to what reads well; 80 when piped."""
    return max(40, min(shutil.get_terminal_size((80, 24)).columns, 100))


def wrapped(text: str, indent: str = "", *, width: int | None = None) -> str:
    """`text` in lines of at most `width`, the screen's if not given; keys and paths stay whole."""
    return textwrap.fill(
        text,
        width or screen_width(),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def styled(text: str, **style: Any) -> str:
    """`text` in a colour or weight where the terminal shows it and NO_COLOR is not set."""
    return text if os.environ.get("NO_COLOR") else click.style(text, **style)


def heading(text: str) -> None:
    """A line that stands out on a terminal."""
    echo(styled(text, bold=True))


def facts(rows: Sequence[tuple[str, str]]) -> None:
    """Labels and what they stand for, aligned; long values go on under themselves."""
    column = max(len(label) for label, _ in rows) + 2
    for label, value in rows:
        first, *more = wrapped(value, width=screen_width() - column).split("\n")
        echo(f"{styled(label.ljust(column), dim=True)}{first}")
        for line in more:
            echo(f"{'':<{column}}{line}")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """A table within the width of the screen; columns in `right` are right-aligned."""
    body = [[str(cell) for cell in row] for row in rows]
    drawn = _rich_table(head, body, right) if stdout().isatty() else None
    echo(drawn if drawn is not None else plain_table(head, body, right))


def _rich_table(head: Sequence[str], rows: list[list[str]], right: Sequence[int]) -> str | None:
    try:
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError:
        return None
    # The widths are ours, because rich would break keys and paths in the middle.
    widths = _widths([head, *rows])
    drawn = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for number, (title, width) in enumerate(zip(head, widths, strict=True)):
        drawn.add_column(title, justify="right" if number in right else "left", width=width)
    for row in rows:
        drawn.add_row(
            *(
                "\n".join(_folded(cell, w)) if click.unstyle(cell) == cell else Text.from_ansi(cell)
                for cell, w in zip(row, widths, strict=True)
            )
        )
    # rich drops only colours for NO_COLOR; `styled` drops bold with them, and so do tables.
    system: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    room = max(screen_width(), sum(widths) + 2 * len(widths))
    # Only a terminal gets here; sys.stdout may stand for stderr by now, so rich is not left to find out.
    console = Console(
        file=stdout(), force_terminal=True, width=room, color_system=system, markup=False, highlight=False
    )
    with console.capture() as captured:
        console.print(drawn)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def plain_table(head: Sequence[str], rows: list[list[str]], right: Sequence[int] = ()) -> str:
    """Columns two spaces apart, without colours: for pipes, files and terminals without rich."""
    cells = [list(head), *([click.unstyle(cell) for cell in row] for row in rows)]
    widths = _widths(cells)
    lines = [line for row in cells for line in _row_lines(row, widths, right)]
    lines.insert(len(_row_lines(cells[0], widths, right)), "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def _widths(cells: Sequence[Sequence[str]]) -> list[int]:
    """Widths of columns that fit on the screen; no word is broken, so keys and paths can be found."""
    columns = list(zip(*([click.unstyle(cell) for cell in row] for row in cells), strict=True))
    least = [max((len(word) for cell in column for word in cell.split()), default=0) for column in columns]
    widths = [max(map(len, column)) for column in columns]
    while sum(widths) + 2 * (len(widths) - 1) > screen_width():
        spare = [width - low for width, low in zip(widths, least, strict=True)]
        if max(spare) <= 0:
            break
        widths[max(range(len(widths)), key=lambda n: (spare[n] > 0, widths[n]))] -= 1
    return widths


def _row_lines(row: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> list[str]:
    adjust = [str.rjust if n in right else str.ljust for n in range(len(row))]
    folded = [_folded(cell, width) for cell, width in zip(row, widths, strict=True)]
    height = max(1, *map(len, folded))
    padded = [[*lines, *[""] * (height - len(lines))] for lines in folded]
    return [
        "  ".join(a(cell, w) for a, cell, w in zip(adjust, parts, widths, strict=True)).rstrip()
        for parts in zip(*padded, strict=True)
    ]


def _folded(cell: str, width: int) -> list[str]:
    """The lines of a cell, each with its indent."""
    indent = cell[: len(cell) - len(cell.lstrip())]
    return textwrap.wrap(
        cell, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
