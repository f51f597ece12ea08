"""Checkers of random worlds fail all the time; that a breaker opens then has tests of its own."""

from __future__ import annotations

import logging

import pytest

from entitlements.engine import ask


@pytest.fixture(autouse=True)
def _checkers_are_asked_whatever_they_did_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask, "_OPENS_AFTER", 10**9)
    monkeypatch.setattr(logging.getLogger("entitlements"), "disabled", True)
