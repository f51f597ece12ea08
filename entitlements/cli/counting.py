"""What the commands have in common that count: their options, a rehearsal, and what became of a wish."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from entitlements.catalog.money import money_text, money_words
from entitlements.cli.app import App
from entitlements.cli.output import echo, json_option, styled, wrapped, write_json
from entitlements.cli.writing import must_be_known, writable
from entitlements.engine.reservation import CapReached, Reservation
from entitlements.errors import AccessDenied
from entitlements.source.seats import Hold

F = TypeVar("F", bound=Callable[..., Any])


def _some_key(_: click.Context, __: click.Parameter, key: str) -> str:
    if not key.strip():
        msg = "a key names what they are for, so it cannot be empty"
        raise click.BadParameter(msg)
    return key


key_option = click.option(
    "--key", required=True, metavar="KEY", callback=_some_key, help="What they are for, such as a user."
)


def by_options(function: F) -> F:
    """`--by` and `--because`, which stand with what is held."""
    because = click.option("--because", metavar="WHY", help="Why; it stands with what is held.")
    by = click.option("--by", envvar="ENTITLEMENTS_BY", help="Who does this; it stands with what is held.")
    return by(because(function))


def counting_options(function: F) -> F:
    """`--dry-run` and `--json`."""
    dry_run = click.option("--dry-run", is_flag=True, help="Show what would become of it; write nothing.")
    return dry_run(json_option(function))


class Counting:
    """Counting by a command: of whom, and whether it is only rehearsed."""

    def __init__(self, app: App, subject: str, *, dry_run: bool) -> None:
        self.engine = writable(app)
        must_be_known(self.engine, subject, known=self.engine.source.revision(subject) is not None)
        self.subject, self.dry_run = subject, dry_run

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """What to count on: a transaction of nothing for a rehearsal, else one of the store's own."""
        if not self.dry_run:
            yield None
            return
        with self.engine.source.database.writing() as connection:  # type: ignore[attr-defined]
            yield connection
            connection.rollback()

    def would_be(self, done: str) -> str:
        return f"would be {done}" if self.dry_run else done


def reserved(reserve: Callable[[], Reservation]) -> Reservation | AccessDenied:
    """What was reserved, or why nothing was."""
    try:
        return reserve()
    except AccessDenied as refused:
        return refused


def report_reservation(
    counting: Counting, cap: str, made: Reservation | AccessDenied, *, as_json: bool
) -> int:
    """Say what became of the wish; the exit code of the command."""
    held = isinstance(made, Reservation)
    if as_json:
        document = {"subject": counting.subject, "cap": cap, "written": held and not counting.dry_run}
        write_json({"schema": "entitlements/reservation/1", **document, **_told(made)})
        return 0 if held else 1
    if isinstance(made, Reservation):
        done = counting.would_be("held")
        echo(styled(f"{counting.subject}: {made.hold.n:,} of {cap} {done} by {made.hold.key}", fg="green"))
        echo(wrapped(made.decision.message()))
        charge = made.monthly_charge
        if charge:
            price = money_words(charge, counting.engine.catalog.currency)
            echo(f"{made.over:,} beyond what is included: {price} a month.")
    else:
        echo(styled(f"{counting.subject}: nothing of {cap} is held", fg="red"))
        echo(wrapped(str(made)))
        if made.hint:
            echo(wrapped(f"Hint: {made.hint}"))
    return 0 if held else 1


def hold_json(hold: Hold) -> dict[str, Any]:
    """Who holds how many, since and until when, and who asked for it and why."""
    return {
        "key": hold.key,
        "n": hold.n,
        "since": hold.since.isoformat(),
        "until": hold.until.isoformat() if hold.until is not None else None,
        "by": hold.by,
        "because": hold.because,
    }


def _told(made: Reservation | AccessDenied) -> dict[str, Any]:
    decision = made.decision
    told: dict[str, Any] = {
        "allowed": decision.allowed,
        "reason": decision.reason.value,
        "message": decision.message(),
        "unlocked_by": decision.unlocked_by,
        "unlocked_by_add_ons": list(decision.unlocked_by_add_ons),
    }
    if isinstance(made, Reservation):
        charge = money_text(made.monthly_charge) if made.monthly_charge is not None else None
        return {**told, "hold": hold_json(made.hold), "over": made.over, "monthly_charge": charge}
    told |= {"hold": None, "over": None, "monthly_charge": None, "hint": made.hint}
    if isinstance(made, CapReached):
        told |= {"held": made.held, "holders": [hold_json(hold) for hold in made.holders]}
    return told
