"""What is stored of a subject, line by line, for people to read and to compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from entitlements.catalog.money import money_text
from entitlements.cli.output import echo, styled, wrapped
from entitlements.clock import day_words, end_words
from entitlements.subject import Override, SubjectRecord


def record_lines(record: SubjectRecord, zone: str) -> Iterator[str]:
    """Subscriptions with their add-ons, exceptions, the agreement, and what else is known."""
    for held in record.subscriptions:
        terms = f"{held.plan} ({held.kind.replace('_', ' ')}, {held.cadence})"
        yield f"{terms} {_period(held.start, held.end, zone)}"
        for add_on in held.add_ons:
            yield f"add-on {add_on.key} with {held.plan} {_period(add_on.start, add_on.end, zone)}"
    for override in record.overrides:
        yield override_line(override, zone)
    if record.baa_signed_on is not None:
        yield f"BAA signed {_period(record.baa_signed_on, record.baa_ended_on, zone)}"
    for kind, people in record.contacts.items():
        yield f"{kind} contacts: {', '.join(people)}"
    if record.credits:
        yield f"credits: {money_text(record.credits)}"
    if record.time_zone is not None:
        yield f"time zone: {record.time_zone}"


def differences(before: SubjectRecord, after: SubjectRecord, zone: str) -> tuple[list[str], list[str]]:
    """The lines that `before` alone has, and those that `after` alone has."""
    was, now = list(record_lines(before, zone)), list(record_lines(after, zone))
    return [line for line in was if line not in now], [line for line in now if line not in was]


def echo_differences(gone: Iterable[str], come: Iterable[str]) -> None:
    """The same on the screen, with their signs."""
    for sign, lines in (("-", gone), ("+", come)):
        for line in lines:
            text = f"  {sign} {wrapped(line, '    ').lstrip()}"
            echo(styled(text, fg="red" if sign == "-" else "green"))


def override_line(override: Override, zone: str) -> str:
    """`gives custom_reports from 2026-01-01 through 2026-06-30: A grant (pro_bono, ada)`."""
    period = _period(override.start, override.end, zone)
    return f"{override.does()} {period}: {override.because} ({override.kind}, {override.by})"


def _period(start: datetime | None, end: datetime | None, zone: str) -> str:
    since = f"from {day_words(start, zone)}" if start is not None else "ever since"
    return f"{since} {end_words(end, zone)}" if end is not None else since
