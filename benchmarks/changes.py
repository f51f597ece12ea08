"""Rows about a change of plan before it is made: its preview and the advice, for one subject much in use."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measure import median_seconds
from benchmarks.table import Row
from benchmarks.world import keys, ladder, write_catalog
from entitlements import Engine, FixedClock, SubjectRecord, Subscription, Usage
from entitlements.subject import Example

_PLANS, _FEATURES, _USED = 6, 80, 60
_NOW = datetime(2026, 3, 1, tzinfo=UTC)
_MS = {"preview": 5, "advice": 20}


def change_rows(times: int, say: Callable[[str], None]) -> list[Row]:
    say(f"a preview with {_USED} usages")
    with tempfile.TemporaryDirectory() as folder:
        plans = ladder(_PLANS, _FEATURES)
        write_catalog(Path(folder) / "plans", plans, keys("feature", _FEATURES))
        names = keys("feature", _FEATURES)[:_USED]
        examples = tuple(Example(f"Thing {n}", f"/things/{n}") for n in range(5))
        usage = {name: Usage(n + 1, examples=examples) for n, name in enumerate(names)}
        lowest, *_, highest = plans
        record = SubjectRecord("space", (Subscription(highest),), usage={**usage, "seats": Usage(14)})
        engine = Engine.open(Path(folder) / "plans", [record], clock=FixedClock(_NOW))
    preview = median_seconds(lambda: engine.preview_change("space", lowest).to_json(), times)
    advice = median_seconds(lambda: engine.advise("space"), times)
    what = f"over {_FEATURES} features and {_PLANS} plans, {_USED} in use"
    return [
        Row(f"a preview {what}, with its JSON", "ms", (preview * 1e3,), _MS["preview"]),
        Row(f"advice {what}", "ms", (advice * 1e3,), _MS["advice"]),
    ]
