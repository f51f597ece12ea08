"""What Hypothesis draws for these tests, and how long it goes on."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from entitlements import Engine, FixedClock, MemorySource, SubjectRecord
from entitlements.catalog.build import build_catalog
from entitlements.model import Catalog
from entitlements.plugin_manager import load_plugins
from tests.oracle import worlds
from tests.oracle.engines import record_of, table_checker
from tests.properties.rich import documents_of, rich_files

Data = dict[str, Any]
#: A failure prints the number that repeats it, and `--hypothesis-seed` repeats a whole run.
often = settings(
    max_examples=150,
    deadline=None,
    derandomize=False,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
#: A world is drawn by one number, as the oracle's are; Hypothesis looks for the least that fails.
numbers = st.integers(min_value=0, max_value=2**32)


class World:
    """A random catalog with its checkers, a record, an instant and what a caller passes."""

    def __init__(self, number: int) -> None:
        self.rng = Random(number)  # noqa: S311  nothing secret
        self.data = worlds.random_catalog(self.rng)
        self.files = rich_files(self.rng, self.data)
        self.checkers = worlds.random_checkers(self.rng, self.data)
        record = record_of("somebody", worlds.random_record(self.rng, self.data))
        # So that it can be told which of several is named.
        overrides = tuple(replace(o, because=f"So it is {n}") for n, o in enumerate(record.overrides))
        self.record: SubjectRecord = replace(record, overrides=overrides)
        self.at = self.rng.choice(worlds.INSTANTS)
        self.context = worlds.random_context(self.rng)
        self.caps: list[str] = self.data["caps"]

    def catalog(self) -> Catalog:
        return built(documents_of(self.files, checked=False))

    def drop_checks(self) -> None:
        """No feature names a checker any more."""
        for kind, _, content in self.files:
            for feature in content["features"].values() if kind == "features" else ():
                feature["checks"] = {}

    def engine(self, *records: SubjectRecord, catalog: Catalog | None = None, own: bool = True) -> Engine:
        """An engine over these records, else the world's; with the world's own checkers or only ours."""
        made = [table_checker(*item) for item in self.checkers.items()] if own else []
        source = MemorySource(records or [self.record])
        plugins = load_plugins(made, entry_points=False)
        return Engine.open(catalog or self.catalog(), source, plugins, clock=FixedClock(self.at))

    def __repr__(self) -> str:
        return f"{self.record} at {self.at} with {self.context}"


def built(pairs: Any) -> Catalog:
    catalog, problems = build_catalog(pairs)
    # The published files of these worlds were never published, so that their digests are wrong.
    assert catalog is not None, problems
    return catalog
