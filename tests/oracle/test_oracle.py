"""Engine and oracle answer 100,000 random worlds alike: decision, reason, checker, cap, what would unlock."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import pytest

from tests.oracle.comparing import first_difference

WORLDS = 100_000
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_engine_and_oracle_agree(part: int, tmp_path: Path) -> None:
    given = os.environ.get("ENTITLEMENTS_SEED")
    seed = int(given) if given else secrets.randbelow(2**32)
    print(f"ENTITLEMENTS_SEED={seed} repeats this, part {part}")  # noqa: T201
    difference, compared = first_difference(seed + part, WORLDS // PARTS, tmp_path)
    assert difference is None, f"ENTITLEMENTS_SEED={seed}, part {part}, world {compared}: {difference}"
    assert compared >= WORLDS // PARTS
