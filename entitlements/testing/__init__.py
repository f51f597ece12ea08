"""What plans and plugins are tested with. The names in `__all__` are public, and load on first use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from entitlements.testing.conformance import Conformance, Finding
    from entitlements.testing.conforming_checkers import checker_conformance, checker_findings
    from entitlements.testing.conforming_sources import source_conformance, source_findings
    from entitlements.testing.counting_kit import counting_conformance, counting_findings
    from entitlements.testing.store_kit import store_conformance, store_findings

# The modules are not called like the functions, as importing one would hide the function.
_HOME = {
    "Conformance": "conformance",
    "Finding": "conformance",
    "checker_conformance": "conforming_checkers",
    "checker_findings": "conforming_checkers",
    "counting_conformance": "counting_kit",
    "counting_findings": "counting_kit",
    "source_conformance": "conforming_sources",
    "source_findings": "conforming_sources",
    "store_conformance": "store_kit",
    "store_findings": "store_kit",
}
__all__ = [
    "Conformance",
    "Finding",
    "checker_conformance",
    "checker_findings",
    "counting_conformance",
    "counting_findings",
    "source_conformance",
    "source_findings",
    "store_conformance",
    "store_findings",
]


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
