"""Engine: the embedded front door. One call answers whether a subject may use a feature, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from entitlements.amounts import Amount
from entitlements.catalog.load import load_catalog, shipped_folder
from entitlements.clock import Clock, FixedClock, system_clock, to_ns
from entitlements.decision import Decision
from entitlements.engine.compile import Program, compile_program
from entitlements.engine.counting import Counting
from entitlements.engine.entitlements import Entitlements
from entitlements.engine.explain import Explanation
from entitlements.engine.live import Live
from entitlements.engine.pretend import Pretence, pretended
from entitlements.engine.reload import Reloader
from entitlements.engine.status import EngineStatus
from entitlements.engine.verbs import Verbs
from entitlements.engine.watch import Watcher
from entitlements.errors import AccessDenied, EntitlementsError
from entitlements.model import Catalog
from entitlements.plugin_manager import Plugins, load_plugins
from entitlements.source.memory import MemorySource
from entitlements.source.opening import open_source
from entitlements.source.protocol import Source
from entitlements.subject import SubjectRecord
from entitlements.terms import SubjectTerms, terms_of

_MOST_SUBJECTS = 500_000


class Engine(Verbs, Counting):
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
    ) -> None:
        self.source = source
        self._clock = clock
        self._on_unknown = on_unknown
        self._most_subjects = most_subjects
        self._pretences: dict[str, tuple[Pretence, ...]] = {}
        self._ever_known: frozenset[str] = frozenset()
        self._put(program)
        self._reloader = Reloader(program, folder=folder, expects=expects, clock=clock, put=self._put)
        source.listen(self.invalidate)

    def _put(self, program: Program) -> None:
        """Decide by `program` from now on."""
        self._ever_known |= {*program.features, *(f"cap.{cap}" for cap in program.catalog.caps)}
        live = Live(
            program,
            self.source,
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
        source: str | Path | Iterable[SubjectRecord] | Source | None = None,
        plugins: str | Path | Iterable[object] | Plugins | None = None,
        *,
        expects: Iterable[str] = (),
        on_unknown: Literal["raise", "deny"] = "raise",
        clock: Clock | None = None,
        allow_plugins: Iterable[str] | None = None,
    ) -> Engine:
        """An engine over a catalog folder (None: the shipped one), subject records and plugins.

        `source` is a subjects file, the URL of a store (`sqlite:///…`, `postgresql://…`) or its file `….db`,
        an iterable of records, or any Source; None knows nobody: every subject is on the default plan.
        `plugins` is a folder of plugin files or an iterable of checkers and plugin objects, besides the
        installed ones. `expects` names keys the host's code relies on.
        Raises CatalogError with every problem at once, PluginError, or SourceError.
        """
        loaded = catalog if isinstance(catalog, Catalog) else load_catalog(catalog)
        found = _plugins(plugins, allow_plugins)
        wanted = tuple(expects)
        program = compile_program(loaded, found, expects=wanted)
        opened = _source(source, loaded)
        return cls(
            program,
            opened,
            clock=clock or opened.clock or system_clock,
            on_unknown=on_unknown,
            folder=None if isinstance(catalog, Catalog) else Path(catalog or shipped_folder()),
            expects=wanted,
        )

    @property
    def status(self) -> EngineStatus:
        """Which catalog is in force, since when, and what keeps the files on disk out of it."""
        return self._reloader.status

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
        asks about another instant.
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
        return self.entitlements(subject, at=context.pop("at", None)).allows(feature, **context)

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
        return self.entitlements(subject, at=context.pop("at", None)).check(feature, **context)

    def require(self, subject: str, feature: str, **context: Any) -> None:
        """Raises AccessDenied, with the decision, unless `check` allows."""
        decision = self.check(subject, feature, **context)
        if not decision.allowed:
            raise AccessDenied(decision, subject)

    def explain(
        self, subject: str, feature: str, *, at: datetime | None = None, **context: Any
    ) -> Explanation:
        """The full derivation of the decision, step by step."""
        return self.entitlements(subject, at=at).explain(feature, **context)

    def entitlements(self, subject: str, *, at: datetime | None = None) -> Entitlements:
        """Everything `subject` has now, or had or will have at `at` (an aware datetime)."""
        if at is None:
            return self._live.kept_space(subject)
        return self._live.fresh_space(subject, to_ns(at), FixedClock(at))

    async def aentitlements(self, subject: str, *, at: datetime | None = None) -> Entitlements:
        """`entitlements` for async code: a source that must be read is read on a worker thread."""
        return await asyncio.to_thread(self.entitlements, subject, at=at)

    def entitlements_many(
        self, subjects: Iterable[str], *, at: datetime | None = None
    ) -> Mapping[str, Entitlements]:
        """`entitlements` of each of `subjects`, in their order."""
        return {subject: self.entitlements(subject, at=at) for subject in subjects}

    def terms(self, subject: str, *, at: datetime | None = None) -> SubjectTerms:
        """How long `subject` is bound, how it pays, who receives invoices, and what it is charged next."""
        space = self.entitlements(subject, at=at)
        return terms_of(space, self.catalog.at(space.at))

    def subjects_with(self, feature: str, *, at: datetime | None = None) -> list[str]:
        """The known subjects that may use `feature`, sorted."""
        return [subject for subject in self.source.subjects() if self.allows(subject, feature, at=at)]

    def invalidate(self, subject: str | None = None) -> None:
        """Forget what is known of `subject`, or of all, so that the next check reads the source again."""
        self._live.invalidate(subject)

    @contextmanager
    def pretend(
        self,
        subject: str,
        *,
        plan: str | None = None,
        gives: Iterable[str] = (),
        removes: Iterable[str] = (),
        caps: Mapping[str, Amount] | None = None,
        usage: Mapping[str, int] | None = None,
    ) -> Iterator[Entitlements]:
        """For tests: `subject` has this plan, these features and caps while the block runs, in all threads.

        Blocks nest; the innermost wins; on leaving, everything is as it was. Raises UnknownPlan or
        UnknownFeature for names the catalog lacks, so that a test cannot pretend a typing mistake.
        """
        if plan is not None:
            # A test means what is sold now; a bare key would stand for what was sold when nobody knows.
            plan = self.catalog.plan(plan).ref if self.catalog.successions else plan
        pretence = Pretence(plan, tuple(gives), tuple(removes), caps, usage)
        self._check_names(pretence)
        before = self._pretences.get(subject, ())
        self._pretences = {**self._pretences, subject: (*before, pretence)}
        self.invalidate(subject)
        try:
            yield self.entitlements(subject)
        finally:
            remaining = list(self._pretences.get(subject, ()))
            remaining.remove(pretence)
            others = {key: value for key, value in self._pretences.items() if key != subject}
            self._pretences = {**others, subject: tuple(remaining)} if remaining else others
            self.invalidate(subject)

    def _check_names(self, pretence: Pretence) -> None:
        if pretence.plan is not None:
            self.catalog.plan(pretence.plan)
        for feature in (*pretence.gives, *pretence.removes):
            if feature not in self.catalog.features:
                self._live.raise_unknown(feature)
        for cap in pretence.caps or ():
            if cap not in self.catalog.caps:
                self._live.raise_unknown(f"cap.{cap}")

    def _altered(self, record: SubjectRecord) -> SubjectRecord:
        found = self._pretences.get(record.subject)
        return pretended(record, found) if found else record


def _plugins(given: str | Path | Iterable[object] | Plugins | None, allow: Iterable[str] | None) -> Plugins:
    if isinstance(given, Plugins):
        return given
    if isinstance(given, str | Path):
        return load_plugins(folder=Path(given), allow=allow)
    return load_plugins(given or (), allow=allow)


def _source(given: str | Path | Iterable[SubjectRecord] | Source | None, catalog: Catalog) -> Source:
    if given is None:
        return MemorySource()
    if isinstance(given, str | Path):
        return open_source(given, time_zone=catalog.time_zone)
    if isinstance(given, Iterable):
        return MemorySource(given)
    return given
