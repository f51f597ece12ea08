"""The dates of a catalog and of its subjects, each with what starts or ends then and where that stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from entitlements.catalog.load import read_catalog
from entitlements.clock import instant_from
from entitlements.engine.engine import Engine
from entitlements.model import Catalog
from entitlements.problems import Mark
from entitlements.subject import Override, SubjectRecord

#: Where what belongs to no subject is listed.
_CATALOG = "(catalog)"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that starts or ends at an instant."""

    at: datetime
    #: The subject; `(catalog)` for what concerns all.
    who: str
    kind: str
    what: str
    mark: Mark

    def to_json(self) -> dict[str, Any]:
        subject = None if self.who == _CATALOG else self.who
        place = {"file": self.mark.file or None, "line": self.mark.line if self.mark.file else None}
        return {"at": self.at.isoformat(), "subject": subject, "kind": self.kind, "what": self.what, **place}


def entries_of(engine: Engine, folder: Path) -> list[Entry]:
    """Every date of the engine's catalog, which lies in `folder`, and of its subjects, by date."""
    found = [*_versions(engine.catalog), *_acceptances(engine.catalog, folder)]
    for subject in engine.source.subjects():
        record = engine.source.load(subject)
        if record is not None:
            found.extend(_of_subject(record))
    return sorted(found, key=lambda entry: (entry.at, entry.who != _CATALOG, entry.who, entry.what))


def _versions(catalog: Catalog) -> Iterator[Entry]:
    for succession in catalog.successions.values():
        for before, after in pairwise(succession):
            if after.effective_from is not None:
                others = (
                    f"all who have {before.ref} come along"
                    if after.existing_subscribers == "at_once"
                    else f"those who have {before.ref} keep it"
                )
                what = f"{after.ref} is sold instead of {before.ref}; {others}"
                yield Entry(after.effective_from, _CATALOG, "version", what, after.mark)


def _acceptances(catalog: Catalog, folder: Path) -> Iterator[Entry]:
    for _, document in read_catalog(folder, tests_too=False).documents:
        accepted: Any = document.value.get("accept") or () if isinstance(document.value, dict) else ()
        for item in accepted:
            if item["until"] != "never":
                at = instant_from(item["until"], catalog.time_zone)
                what = f"accepting {item['rule']} ends: {item['because']}"
                yield Entry(at, _CATALOG, "acceptance", what, item.value_mark("until"))


def _of_subject(record: SubjectRecord) -> Iterator[Entry]:
    def both(
        start: datetime | None, end: datetime | None, kind: str, what: str, mark: Mark
    ) -> Iterator[Entry]:
        if start is not None:
            yield Entry(start, record.subject, kind, f"{what} starts", mark)
        if end is not None:
            yield Entry(end, record.subject, kind, f"{what} ends", mark)

    for period in record.subscriptions:
        name = {"product": "subscription", "pro_bono": "pro bono subscription"}.get(
            period.kind, f"{period.kind} subscription"
        )
        yield from both(period.start, period.end, period.kind, f"{name} to {period.plan}", period.mark)
        for add_on in period.add_ons:
            yield from both(add_on.start, add_on.end, "add_on", f"add-on {add_on.key}", period.mark)
    for override in record.overrides:
        yield from both(override.start, override.end, "override", _override_words(override), override.mark)
    yield from both(record.baa_signed_on, record.baa_ended_on, "baa", "BAA", record.mark)


def _override_words(override: Override) -> str:
    if override.give is not None or override.remove is not None:
        verb = "giving" if override.give is not None else "taking away"
        return f"{override.kind} exception {verb} {override.give or override.remove}"
    return f"{override.kind} exception for {override.cap or f'support {override.support}'}"
