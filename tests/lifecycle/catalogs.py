"""The small catalog with terms of its own, for the rules of subscriptions."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any

from entitlements.catalog.load import load_catalog
from entitlements.model import Catalog
from tests.small_catalog import FOLDER


@cache
def small() -> Catalog:
    return with_terms(
        {
            "monthly": {"days": 30},
            "annual": {"until": "term_end"},
            "exempt": ("trial", "pro_bono", "developer"),
        },
        {"trial": {"days": 30}},
    )


def with_terms(minimum_term: dict[str, Any], terms: dict[str, Any] | None = None) -> Catalog:
    return replace(
        load_catalog(FOLDER),
        minimum_term=MappingProxyType(minimum_term),
        terms=MappingProxyType(terms or {}),
    )
