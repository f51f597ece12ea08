"""Engine: the embedded front door. One call answers whether a subject may use a feature, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from entitlements.catalog.load import load_catalog
from entitlements.clock import Clock, FixedClock, system_clock, to_ns
from entitlements.decision import Decision
from entitlements.engine.compile import Program, compile_program
from entitlements.engine.entitlements import Entitlements
from entitlements.engine.explain import Explanation
from entitlements.engine.live import Live
from entitlements.engine.pretend import Pretence, pretended
from entitlements.errors import AccessDenied
from entitlements.model import Amount, Catalog
from entitlements.plugin_manager import Plugins, load_plugins
from entitlements.source.memory import MemorySource
from entitlements.source.protocol import Source
from entitlements.source.subjects_file import SubjectsFile
from entitlements.subject import SubjectRecord

_MOST_SUBJECTS = 500_000


class Engine:
    """Decides for the subjects of one source. Safe to share between threads; made by `Engine.open`."""

    def __init__(
        self,
        program: Program,
        source: Source,
        *,
        clock: Clock,
        on_unknown: Literal["raise", "deny"] = "raise",
        most_subjects: int = _MOST_SUBJECTS,
    ) -> None:
        self.source = source
        self._clock = clock
        self._pretences: dict[str, tuple[Pretence, ...]] = {}
        known = frozenset({*program.features, *(f"cap.{cap}" for cap in program.catalog.caps)})
        self._live = Live(
            program,
            source,
            clock,
            on_unknown=on_unknown,
            ever_known=known,
            alter=self._altered,
            current=self.entitlements,
            most_subjects=most_subjects,
        )
        self._rows = self._live.rows
        self._observed = bool(self._live.observers)
        source.listen(self.invalidate)

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

        `source` is a subjects file, an iterable of records, or any Source; None knows nobody, so that every
        subject is on the default plan. `plugins` is a folder of plugin files or an iterable of checkers and
        plugin objects, besides the installed ones. `expects` names keys the host's code relies on.
        Raises CatalogError with every problem at once, PluginError, or SourceError.
        """
        loaded = catalog if isinstance(catalog, Catalog) else load_catalog(catalog)
        found = _plugins(plugins, allow_plugins)
        program = compile_program(loaded, found, expects=expects)
        opened = _source(source, loaded)
        return cls(program, opened, clock=clock or opened.clock or system_clock, on_unknown=on_unknown)

    @property
    def catalog(self) -> Catalog:
        """The catalog in force."""
        return self._live.program.catalog

    @property
    def program(self) -> Program:
        """Catalog and checkers as they are bound to each other."""
        return self._live.program

    @property
    def clock(self) -> Clock:
        return self._clock

    def allows(self, subject: str, feature: str, *, at: datetime | None = None, **context: Any) -> bool:
        """May `subject` use `feature`? The embedded check: a few dict lookups when warm."""
        try:
            row = self._rows[subject]
            if row.until > self._clock() and not context and at is None:
                answer = row.bools[feature]
                if answer is not None:
                    return answer
        except KeyError:
            pass
        return self.entitlements(subject, at=at).allows(feature, **context)

    def check(self, subject: str, feature: str, *, at: datetime | None = None, **context: Any) -> Decision:
        """The Decision on `feature`, or on `cap.KEY`: truthy when allowed, with reason and origin."""
        try:
            row = self._rows[subject]
            if row.until > self._clock() and not context and at is None and not self._observed:
                answer = row.answers[feature]
                if answer is not None:
                    return answer
        except KeyError:
            pass
        return self.entitlements(subject, at=at).check(feature, **context)

    def require(self, subject: str, feature: str, *, at: datetime | None = None, **context: Any) -> None:
        """Raises AccessDenied, with the decision, unless `check` allows."""
        decision = self.check(subject, feature, at=at, **context)
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
        return SubjectsFile(given, time_zone=catalog.time_zone)
    if isinstance(given, Iterable):
        return MemorySource(given)
    return given
