"""What the commands have in common that change a store: their options, a rehearsal, and what they report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import wraps
from typing import Any

import click

from entitlements.change.compare import PlanComparison, Terms, compare
from entitlements.cli.app import App, near
from entitlements.cli.output import echo, heading, json_option, wrapped, write_json
from entitlements.cli.record_lines import differences, echo_differences
from entitlements.cli.words import and_list, counted
from entitlements.clock import day_words, from_ns
from entitlements.engine.engine import Engine
from entitlements.engine.resolve import resolve
from entitlements.lifecycle.minimum_term import EarliestEnd, earliest_end
from entitlements.model import Catalog
from entitlements.source.memory import MemoryStore
from entitlements.source.protocol import Entry, Token
from entitlements.source.subjects_file import at_from
from entitlements.subject import SubjectRecord, zone_of

_SHOWN = 5
_OPTIONS = (
    click.option(
        "--by",
        required=True,
        envvar="ENTITLEMENTS_BY",
        metavar="WHO",
        help="Who does this, for the audit log. Or: ENTITLEMENTS_BY.",
    ),
    click.option("--because", metavar="WHY", help="Why, for the audit log."),
    click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing."),
    json_option,
)
at_option = click.option("--at", metavar="TIME", help="From when on; now if not given, and never past.")
end_option = click.option("--end", metavar="TIME", help="The first day after it; open if not given.")
replace_option = click.option(
    "--replace", is_flag=True, help="Cancel later subscriptions that are in the way."
)
kind_option = click.option(
    "--kind",
    type=click.Choice(["product", "bundle", "pro_bono", "developer", "trial"]),
    default="product",
    show_default=True,
    help="Who pays: the subscriber of a product, the agreement of a bundle, nobody for the rest.",
)
add_on_option = click.option(
    "--add-on", "add_ons", metavar="ADD-ON", multiple=True, help="An add-on; may be given again."
)
unsold_option = click.option("--unsold", is_flag=True, help="Also what is not on sale.")
waive_option = click.option("--waive", metavar="WHY", help="Do not wait for the end of the minimum term.")


#: What a command does: it is handed a Writing and what was asked for.
Verb = Callable[..., Token]


class Writing:
    """One change of a store by a command: of whom, by whom, and whether it is only rehearsed."""

    def __init__(self, app: App, subject: str, *, by: str, because: str | None, dry_run: bool) -> None:
        engine = writable(app)
        self.catalog = engine.catalog
        stored = engine.source.load(subject)
        self.before, self.known = stored or SubjectRecord(subject), stored is not None
        self.engine = self._rehearsal(engine) if dry_run else engine
        self.subject, self.dry_run = subject, dry_run
        self.who: dict[str, Any] = {"by": by, "because": because}
        self.zone = zone_of(self.before, self.catalog)
        self.now = from_ns(engine.clock())
        #: When what is in force was to end; None for what no minimum term binds.
        self.wanted_end: datetime | None = None

    def instant(self, text: str | None, option: str = "--at") -> datetime | None:
        """The instant that a person wrote; a bare date begins where the subject is."""
        return None if text is None else self.told(text, option)

    def told(self, text: str, option: str) -> datetime:
        try:
            return at_from(text, self.zone)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint=option) from None

    def report(self, token: Token, *, as_json: bool) -> None:
        """Say what became of the record, and what that gives and takes from when on."""
        after = self.engine.source.load(self.subject) or SubjectRecord(self.subject)
        gone, come = differences(self.before, after, self.zone)
        when, found = _first_difference(self.catalog, self.before, after, self.now)
        if as_json:
            self._write_json(token, gone, come, (when, found), self._deferred(after))
            return
        done = "would change" if self.dry_run else "changed"
        heading(f"{self.subject}: {done if gone or come else 'nothing to change'}")
        echo_differences(gone, come)
        if found is not None and when is not None:
            effects = and_list(list(_effects(found, self.catalog)))
            echo(wrapped(f"From {day_words(when, self.zone)}: {effects}."))
        if (deferred := self._deferred(after)) is not None:
            words = f"{day_words(deferred.at, self.zone)}: {deferred.words(self.zone)}"
            echo(wrapped(f"Not before {words}."))
        echo("Nothing was written." if self.dry_run else f"Token: {token}")

    def _deferred(self, after: SubjectRecord) -> EarliestEnd | None:
        """What put off the end that was wanted, where something did."""
        wanted = self.wanted_end
        held = self.before.subscription_at(wanted) if wanted is not None else None
        if held is None or wanted is None:
            return None
        earliest = earliest_end(held, self.catalog, wanted, self.zone)
        ends_then = any(s.start == held.start and s.end == earliest.at for s in after.subscriptions)
        return earliest if ends_then and wanted < earliest.at != held.end else None

    def _rehearsal(self, engine: Engine) -> Engine:
        """An engine like this one over a store in memory that holds the subject alone."""
        store = MemoryStore()
        if self.known:
            entry = Entry("rehearse", "the command line", None, from_ns(engine.clock()))
            store.change(self.before.subject, lambda _: self.before, entry)
        return Engine(engine.program, store, clock=engine.clock)

    def _write_json(
        self,
        token: Token,
        gone: list[str],
        come: list[str],
        effects: tuple[datetime | None, PlanComparison | None],
        deferred: EarliestEnd | None,
    ) -> None:
        effect, (when, found) = None, effects
        if found is not None and when is not None:
            words = ("direction", "lost", "gained", "caps", "support", "baa")
            effect = {"on": when.isoformat(), **{word: found.to_json()[word] for word in words}}
        write_json(
            {
                "schema": "entitlements/written/1",
                "subject": self.subject,
                "written": not self.dry_run and bool(gone or come),
                "token": None if self.dry_run else str(token),
                "removed": gone,
                "added": come,
                "effect": effect,
                "not_before": {**deferred.to_json(), "why": deferred.words(self.zone)} if deferred else None,
            }
        )


def writable(app: App) -> Engine:
    """An engine over the store that the options name; a source that is only read is wrong usage."""
    if app.at is not None:
        msg = "--at before the command is for questions; after it, it says from when on something holds"
        raise click.UsageError(msg)
    app.store_named(makes_store=True)
    return app.engine(makes_store=True)


def must_be_known(engine: Engine, subject: str, *, known: bool) -> None:
    """A slip in a name must not make a new subject."""
    if not known:
        noun = engine.catalog.subject.one
        meant = near(subject, engine.source.subjects())
        msg = f'no {noun} "{subject}" in the store{meant}; `entitlements subscribe` makes one known'
        raise click.UsageError(msg)


def writing_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--by`, `--because`, `--dry-run` and `--json`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def writes(*, new: bool = False) -> Callable[[Verb], Callable[..., None]]:
    """Makes a command of a function that is handed a Writing and gives a Token.

    It gets the argument SUBJECT, which must be known unless it may be `new`, and the options `--by`,
    `--because`, `--dry-run` and `--json`.
    """

    def made(verb: Verb) -> Callable[..., None]:
        @wraps(verb)
        def run(
            app: App,
            *,
            subject: str,
            by: str,
            because: str | None,
            dry_run: bool,
            as_json: bool,
            **asked: Any,
        ) -> None:
            writing = Writing(app, subject, by=by, because=because, dry_run=dry_run)
            if not new:
                must_be_known(writing.engine, subject, known=writing.known)
            writing.report(verb(writing, **asked), as_json=as_json)

        return click.argument("subject")(writing_options(click.pass_obj(run)))

    return made


def _first_difference(
    catalog: Catalog, before: SubjectRecord, after: SubjectRecord, now: datetime
) -> tuple[datetime | None, PlanComparison | None]:
    """The first instant from now on at which the subject has something else than before, and what."""
    boundaries = {now, *before.boundaries(), *after.boundaries()}
    for at in sorted(boundary for boundary in boundaries if boundary >= now):
        then = catalog.at(at)
        had, has = (Terms.of_subject(resolve(then, record, at)) for record in (before, after))
        found = compare(then, had, has)
        if found.direction != "same":
            return at, found
    return None, None


def _effects(found: PlanComparison, catalog: Catalog) -> Iterator[str]:
    if found.before.name != found.after.name:
        yield f"{found.after.name} instead of {found.before.name}"
    for word, keys in (("loses", found.lost), ("gains", found.gained)):
        if keys:
            shown = [catalog.title_of("feature", key) for key in keys[:_SHOWN]]
            more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
            yield f"{word} {counted(len(keys), 'feature')} ({', '.join(shown)}{more})"
    for change in found.caps:
        yield f"{catalog.title_of('cap', change.cap)} {change.before.included} → {change.after.included}"
    if found.before.support != found.after.support:
        yield f"support {found.before.support} → {found.after.support}"
    if found.before.baa != found.after.baa:
        yield f"the BAA is {'' if found.after.baa else 'no longer '}offered"
