"""What `Engine.open` is given, as what an engine works with."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from entitlements.errors import StoreUnavailable
from entitlements.model import Catalog
from entitlements.plugin_manager import Plugins, load_plugins
from entitlements.source.late import LateStore
from entitlements.source.memory import MemorySource
from entitlements.source.opening import open_source
from entitlements.source.protocol import Source
from entitlements.source.urls import file_to_be_made
from entitlements.subject import SubjectRecord

PluginsGiven = str | Path | Iterable[object] | Plugins | None
SourceGiven = str | Path | Iterable[SubjectRecord] | Source | None
#: As for a store that could be opened at once.
_DEADLINE = 0.08


def opened_plugins(given: PluginsGiven, allow: Iterable[str] | None) -> Plugins:
    """Plugins from a folder, from objects, or as they are."""
    if isinstance(given, Plugins):
        return given
    if isinstance(given, str | Path):
        return load_plugins(folder=Path(given), allow=allow)
    return load_plugins(given or (), allow=allow)


def opened_source(given: SourceGiven, catalog: Catalog, *, may_be_away: bool) -> Source:
    """The source at a path or URL, of records, or as it is; a store that is away later, if it may be."""
    if given is None:
        return MemorySource()
    if isinstance(given, str | Path):
        opening = partial(_opened, given, catalog.time_zone, must_be_there=may_be_away)
        try:
            return opening()
        except StoreUnavailable as error:
            if not may_be_away:
                raise
            return LateStore(opening, error, deadline=_DEADLINE)
    if isinstance(given, Iterable):
        return MemorySource(given)
    return given


def _opened(given: str | Path, time_zone: str, *, must_be_there: bool) -> Source:
    """The source at `given`. Where there is a snapshot of it, a store that is not there was lost, not new."""
    if must_be_there and (missing := file_to_be_made(str(given))) is not None:
        msg = f"the file of the store {missing} is gone"
        raise StoreUnavailable(msg, hint="put it back, or a copy of it")
    return open_source(given, time_zone=time_zone)
