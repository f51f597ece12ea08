"""Engine: the embedded front door. One call answers whether a subject may use a feature, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from entitlements.catalog.load import load_catalog, shipped_folder
from entitlements.clock import Clock, FixedClock, from_ns, system_clock, to_ns
from entitlements.decision import Decision
from entitlements.engine.changes import Changes
from entitlements.engine.compile import Program, compile_program
from entitlements.engine.counting import Counting
from entitlements.engine.entitlements import Entitlements
from entitlements.engine.explain import Explanation
from entitlements.engine.guard import Guard
from entitlements.engine.last_good import LastGood
from entitlements.engine.live import Live
from entitlements.engine.opening import PluginsGiven, SourceGiven, opened_plugins, opened_source
from entitlements.engine.pretend import Pretending
from entitlements.engine.reload import Reloader
from entitlements.engine.status import EngineStatus
from entitlements.engine.verbs import Verbs
from entitlements.engine.watch import Watcher
from entitlements.errors import AccessDenied, EntitlementsError
from entitlements.model import Catalog
from entitlements.source.protocol import Source, Token
from entitlements.terms import SubjectTerms, terms_of

_MOST_SUBJECTS = 500_000
#: How many subjects are in memory whole while all are looked through.
_AT_ONCE = 10_000
_MAX_STALE = timedelta(hours=24)


class Engine(Changes, Verbs, Counting, Pretending):
    """Decides for the subjects of one source. Safe to share between threads; made by `Engine.open`."""

    def __init__(
        self,
        program: Program,
        source: Source,
        *,
        clock: Clock,
        on_unknown: Literal["raise", "deny"] = "raise",
        most_subjects: int = _MOST_SUBJECTS,
        folder: Path | None = None,
        expects: Iterable[str] = (),
        max_stale: timedelta = _MAX_STALE,
        last_good: LastGood | None = None,
        follow: bool = True,
    ) -> None:
        self.source = source
        self._guard = Guard(
            source,
            clock,
            forget=self.invalidate,
            max_stale=max_stale,
            follow=follow,
            last_good=last_good or LastGood(),
        )
        self._clock = clock
        self._on_unknown = on_unknown
        self._most_subjects = most_subjects
        self._pretences = {}
        self._ever_known: frozenset[str] = frozenset()
        self._put(program)
        self._reloader = Reloader(program, folder=folder, expects=expects, clock=clock, put=self._put)
        source.listen(self.invalidate)

    def _put(self, program: Program) -> None:
        """Decide by `program` from now on."""
        self._ever_known |= {*program.features, *(f"cap.{cap}" for cap in program.catalog.caps)}
        live = Live(
            program,
            self._guard,
            self._clock,
            on_unknown=self._on_unknown,
            ever_known=self._ever_known,
            alter=self._altered,
            current=self.entitlements,
            most_subjects=self._most_subjects,
        )
        self._observed = bool(live.observers)
        self._live = live
        # A check that finds a row of one generation and a space of another goes the slow way.
        self._spaces = live.spaces
        self._rows = live.rows

    @classmethod
    def open(
        cls,
        catalog: str | Path | Catalog | None = None,
        source: SourceGiven = None,
        plugins: PluginsGiven = None,
        *,
        expects: Iterable[str] = (),
        on_unknown: Literal["raise", "deny"] = "raise",
        clock: Clock | None = None,
        allow_plugins: Iterable[str] | None = None,
        max_stale: timedelta = _MAX_STALE,
        snapshot: str | Path | None = None,
        follow: bool = True,
    ) -> Engine:
        """An engine over a catalog folder (None: the shipped one), subject records and plugins.

        `source` is a subjects file, the URL of a store (`sqlite:///…`, `postgresql://…`) or its file `….db`,
        an iterable of records, or any Source; None knows nobody: every subject is on the default plan.
        `plugins` is a folder of plugin files or an iterable of checkers and plugin objects, besides the
        installed ones. `expects` names keys the host's code relies on.
        While the source is away, what was last read of it serves for `max_stale`, and the `snapshot` file of
        those of whom nothing was read. `follow` a store to hear of what other processes change in it.
        Raises CatalogError with every problem at once, PluginError, or SourceError.
        """
        loaded = catalog if isinstance(catalog, Catalog) else load_catalog(catalog)
        found = opened_plugins(plugins, allow_plugins)
        wanted = tuple(expects)
        program = compile_program(loaded, found, expects=wanted)
        last_good = LastGood(snapshot)
        opened = opened_source(source, loaded, may_be_away=last_good.prepare())
        return cls(
            program,
            opened,
            clock=clock or opened.clock or system_clock,
            on_unknown=on_unknown,
            folder=None if isinstance(catalog, Catalog) else Path(catalog or shipped_folder()),
            expects=wanted,
            max_stale=max_stale,
            last_good=last_good,
            follow=follow,
        )

    @property
    def status(self) -> EngineStatus:
        """Which catalog is in force, since when, what keeps the files on disk out, and is the source away."""
        status, outage = self._reloader.status, self._guard.outage
        if outage is None:
            return status
        heard = None if outage.heard is None else from_ns(outage.heard)
        status = replace(status, away=outage.why, as_of=heard)
        if status.state == "ERROR":
            return status
        too_long = self._guard.away_too_long
        return replace(status, state="ERROR" if too_long else "STALE", since=from_ns(outage.since))

    def close(self) -> None:
        """End the following of the source, and forget what was kept: until the next question."""
        self._guard.close()

    def reload(self, catalog: Catalog | None = None) -> EngineStatus:
        """Read the catalog folder again, or take `catalog`; one with problems leaves the last good in force.

        Every check gives answers of one generation or the other, never of both. Plugins are not loaded again.
        """
        return self._reloader.reload(catalog)

    def watch(self, *, every: float = 1.0, events: bool = True) -> Watcher:
        """Reload when files of the catalog folder change, until the Watcher is stopped or its block ends.

        Looks every so many seconds; with `events`, and watchfiles installed, it is woken by the file system.
        """
        folder = self._reloader.folder
        if folder is None:
            msg = "this engine was opened from a Catalog and has no folder to watch"
            raise EntitlementsError(msg, hint="open it with the path of the folder")
        return Watcher(folder, self.reload, every=every, events=events)

    @property
    def catalog(self) -> Catalog:
        """The catalog in force, with the versions that are sold now as its plans."""
        return self._live.era(self._clock()).program.catalog

    @property
    def program(self) -> Program:
        """Catalog and checkers as they are bound to each other."""
        return self._live.program

    @property
    def clock(self) -> Clock:
        return self._clock

    # The two warm checks are worded for speed: a parameter `at` would cost them a twentieth, and so would
    # `self._clock()`, which CPython looks up as a method first.
    def allows(self, subject: str, feature: str, **context: Any) -> bool:
        """May `subject` use `feature`? The embedded check: a few dict lookups when warm.

        `context` is what checkers may need, such as `client="commcare-export"`; `at=` (an aware datetime)
        asks about another instant; with `token=` of a write, the answer is never older than that.
        """
        try:
            row, clock = self._rows[subject], self._clock
            if row.until > clock() and not context:
                allowed = row.allowed[feature]
                if allowed is not None:
                    return allowed
                space = self._spaces[subject]
                if space.row is row:
                    return space.ask(feature).allowed
        except KeyError:
            pass
        return self._asked(subject, context).allows(feature, **context)

    def check(self, subject: str, feature: str, **context: Any) -> Decision:
        """The Decision on `feature`, or on `cap.KEY`: truthy when allowed, with reason and origin."""
        try:
            row, clock = self._rows[subject], self._clock
            if row.until > clock() and not context and not self._observed:
                answer = row.answers[feature]
                if answer is not None:
                    return answer
                space = self._spaces[subject]
                if space.row is row:
                    return space.ask(feature)
        except KeyError:
            pass
        return self._asked(subject, context).check(feature, **context)

    def require(self, subject: str, feature: str, **context: Any) -> None:
        """Raises AccessDenied, with the decision, unless `check` allows."""
        decision = self.check(subject, feature, **context)
        if not decision.allowed:
            raise AccessDenied(decision, subject)

    def explain(
        self, subject: str, feature: str, *, at: datetime | None = None, **context: Any
    ) -> Explanation:
        """The full derivation of the decision, step by step."""
        return self.entitlements(subject, at=at, token=context.pop("token", None)).explain(feature, **context)

    def entitlements(
        self, subject: str, *, at: datetime | None = None, token: Token | None = None
    ) -> Entitlements:
        """Everything `subject` has now, or had or will have at `at` (an aware datetime).

        With the `token` of a write, from no older a record than that write left; all is denied without one.
        """
        if not isinstance(token, Token | None):
            msg = f"token must be a Token, not {type(token).__name__}; Token.parse reads one from a text"
            raise TypeError(msg)
        if at is not None:
            return self._live.fresh_space(subject, to_ns(at), FixedClock(at), token)
        if token is not None:
            return self._live.space_since(subject, token)
        return self._live.kept_space(subject)

    def _asked(self, subject: str, context: dict[str, Any]) -> Entitlements:
        """The space in which to ask with `context`, of which `at` and `token` are taken out."""
        return self.entitlements(subject, at=context.pop("at", None), token=context.pop("token", None))

    async def aentitlements(
        self, subject: str, *, at: datetime | None = None, token: Token | None = None
    ) -> Entitlements:
        """`entitlements` for async code: a source that must be read is read on a worker thread."""
        return await asyncio.to_thread(self.entitlements, subject, at=at, token=token)

    def entitlements_many(
        self, subjects: Iterable[str], *, at: datetime | None = None
    ) -> Mapping[str, Entitlements]:
        """`entitlements` of each of `subjects`, in their order; all that must be read is read in one go."""
        if at is None:
            return self._live.kept_spaces(subjects)
        wanted, clock, live = list(dict.fromkeys(subjects)), FixedClock(at), self._live
        readings = self._guard.load_many(wanted)
        return {s: live.fresh_space(s, to_ns(at), clock, reading=readings.get(s)) for s in wanted}

    def terms(self, subject: str, *, at: datetime | None = None) -> SubjectTerms:
        """How long `subject` is bound, how it pays, who receives invoices, and what it is charged next."""
        space = self.entitlements(subject, at=at)
        return terms_of(space, self.catalog.at(space.at))

    def subjects_with(self, feature: str, *, at: datetime | None = None) -> list[str]:
        """The known subjects that may use `feature`, sorted."""
        known, allowed = iter(self.source.subjects()), []
        while some := list(islice(known, _AT_ONCE)):
            unsettled = some if at is not None else [s for s in some if self._is_unsettled(s, feature)]
            spaces = self.entitlements_many(unsettled, at=at)
            allowed += [
                s for s in some if (spaces[s].allows(feature) if s in spaces else self.allows(s, feature))
            ]
        return allowed

    def _is_unsettled(self, subject: str, feature: str) -> bool:
        """Whether a check of `feature` would need the space of `subject`."""
        row = self._rows.get(subject)
        return row is None or row.until <= self._clock() or row.allowed.get(feature) is None

    def invalidate(self, subject: str | None = None) -> None:
        """Forget what is known of `subject`, or of all, so that the next check reads the source again."""
        self._guard.outdate(subject)
        self._live.invalidate(subject)
