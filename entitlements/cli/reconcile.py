"""`entitlements seats reconcile`: what is held is made what there really is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from entitlements.cli.app import App, Command
from entitlements.cli.counting import Counting, by_options, counting_options
from entitlements.cli.output import echo, wrapped, write_json
from entitlements.cli.words import counted
from entitlements.source.seats import Difference

_SHOWN = 20


@click.command("reconcile", cls=Command, short_help="What is held, to what there is.")
@click.argument("subject")
@click.argument("cap")
@click.option("--count", metavar="N", type=click.IntRange(min=0), help="How many there are.")
@click.option(
    "--keys",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file with a line for each that there is: its key.",
)
@by_options
@counting_options
@click.pass_obj
def reconcile(
    app: App,
    *,
    subject: str,
    cap: str,
    count: int | None,
    file: Path | None,
    by: str | None,
    because: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Make what is held of CAP what there really is. Counting begins with it where nothing was counted.

    With --dry-run it leaves with 1 if something differs.

    \b
    Examples:
      entitlements seats reconcile hill-school mobile_users --count 212
      entitlements seats reconcile hill-school mobile_users --keys users.txt
    """  # noqa: D301  click looks for the character itself
    if (count is None) == (file is None):
        msg = "give either --count N or --keys FILE"
        raise click.UsageError(msg)
    counting = Counting(app, subject, dry_run=dry_run)
    seats = counting.engine.seats(subject, cap)
    keys = None if file is None else _keys(file)
    began = seats.used() is None
    found = seats.reconcile(count=count, keys=keys, mend=not dry_run, by=by, because=because)
    differs = began or not found.agrees
    if as_json:
        document = {"subject": subject, "cap": cap, "written": differs and not dry_run, "began": began}
        write_json({"schema": "entitlements/reconciled/1", **document, **_difference(found)})
    else:
        _print_difference(found, began=began, dry_run=dry_run)
    return 1 if dry_run and differs else 0


def _keys(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        msg = f"{file} is not UTF-8"
        raise click.UsageError(msg) from None
    keys = [line.strip() for line in lines if line.strip()]
    first = {key: number for number, key in reversed([*enumerate(keys, 1)])}
    twice = next((key for number, key in enumerate(keys, 1) if first[key] != number), None)
    if twice is not None:
        msg = f'{file}: "{twice}" stands twice'
        raise click.UsageError(msg)
    return keys


def _difference(found: Difference) -> dict[str, Any]:
    return {
        "agrees": found.agrees,
        "held": found.held,
        "leased": found.leased,
        "counted": found.counted,
        "missing": [{"key": key, "n": n} for key, n in found.missing.items()],
        "surplus": [{"key": key, "n": n} for key, n in found.surplus.items()],
    }


def _print_difference(found: Difference, *, began: bool, dry_run: bool) -> None:
    if found.agrees and not began:
        echo(f"{found.held:,} are held, and so many there are.")
        return
    leases = f", and {counted(found.leased, 'lease', 'leases')} under way" if found.leased else ""
    echo(f"{found.held:,} were held{leases}; there are {found.counted:,}.")
    for sign, keys in (("+", found.missing), ("-", found.surplus)):
        for key, n in [*keys.items()][:_SHOWN]:
            echo(wrapped(f"{sign} {key}" + (f" ({n:,})" if n > 1 else ""), "  "))
        if len(keys) > _SHOWN:
            echo(f"  {sign} {len(keys) - _SHOWN:,} more")
    if began:
        echo("Nothing was counted before; counting begins with this.")
    if dry_run:
        echo("Nothing was written.")
