"""What holds for every comparison of engine and oracle."""

from __future__ import annotations

import logging

import pytest

from entitlements.engine import ask


@pytest.fixture(autouse=True)
def _checkers_are_asked_whatever_they_did_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """An open breaker is a memory of earlier worlds, which the oracle lacks; it has tests of its own."""
    monkeypatch.setattr(ask, "_OPENS_AFTER", 10**9)
    monkeypatch.setattr(logging.getLogger("entitlements"), "disabled", True)
