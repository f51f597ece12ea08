"""May this customer use this feature, how much of it, and what happens if they change plan?

The public names are listed in `__all__` and load on first use, so `import entitlements` stays cheap.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from entitlements.catalog.load import load_catalog
    from entitlements.change.advice import Advice
    from entitlements.change.compare import PlanComparison, Terms, compare
    from entitlements.change.preview import ChangePreview
    from entitlements.change.run import ChangeRun
    from entitlements.checker import (
        CACHEABLE,
        DYNAMIC,
        STATIC,
        Checker,
        Done,
        Effect,
        Example,
        Loss,
        Question,
        Step,
        Thing,
        Usage,
        Verdict,
        admit,
        deny,
    )
    from entitlements.clock import FixedClock
    from entitlements.decision import Decision, Reason
    from entitlements.engine.allowance import Allowance
    from entitlements.engine.engine import Engine
    from entitlements.engine.entitlements import Entitlements
    from entitlements.engine.reservation import CapReached, Reservation
    from entitlements.errors import (
        AccessDenied,
        CatalogError,
        EntitlementsError,
        PluginError,
        SourceError,
        StoreConflict,
        StoreError,
        StoreUnavailable,
        UnknownFeature,
        UnknownPlan,
    )
    from entitlements.hookspecs import hookimpl
    from entitlements.lifecycle.refusals import Refused
    from entitlements.model import Catalog, Feature
    from entitlements.problems import Mark, Problem
    from entitlements.source.memory import MemorySource, MemoryStore
    from entitlements.source.protocol import Entry, Token
    from entitlements.source.sql.store import SqlStore
    from entitlements.source.subjects_file import SubjectsFile
    from entitlements.source.usage import Measured
    from entitlements.subject import Override, SubjectRecord, Subscription
    from entitlements.terms import SubjectTerms

_HOME = {
    "AccessDenied": "errors",
    "Advice": "change.advice",
    "Allowance": "engine.allowance",
    "CACHEABLE": "checker",
    "CapReached": "engine.reservation",
    "Catalog": "model",
    "CatalogError": "errors",
    "ChangePreview": "change.preview",
    "ChangeRun": "change.run",
    "Checker": "checker",
    "DYNAMIC": "checker",
    "Decision": "decision",
    "Done": "loss",
    "Effect": "loss",
    "Engine": "engine.engine",
    "Entitlements": "engine.entitlements",
    "EntitlementsError": "errors",
    "Entry": "source.protocol",
    "Example": "checker",
    "Feature": "model",
    "FixedClock": "clock",
    "Loss": "loss",
    "Mark": "problems",
    "Measured": "source.usage",
    "MemorySource": "source.memory",
    "MemoryStore": "source.memory",
    "Override": "subject",
    "PlanComparison": "change.compare",
    "PluginError": "errors",
    "Problem": "problems",
    "Question": "checker",
    "Reason": "decision",
    "Reservation": "engine.reservation",
    "STATIC": "checker",
    "Refused": "lifecycle.refusals",
    "SourceError": "errors",
    "SqlStore": "source.sql.store",
    "Step": "loss",
    "StoreConflict": "errors",
    "StoreError": "errors",
    "StoreUnavailable": "errors",
    "SubjectRecord": "subject",
    "SubjectsFile": "source.subjects_file",
    "SubjectTerms": "terms",
    "Subscription": "subject",
    "Terms": "change.compare",
    "Thing": "loss",
    "Token": "source.protocol",
    "UnknownFeature": "errors",
    "UnknownPlan": "errors",
    "Usage": "checker",
    "Verdict": "checker",
    "admit": "checker",
    "compare": "change.compare",
    "deny": "checker",
    "hookimpl": "hookspecs",
    "load_catalog": "catalog.load",
}
__all__ = [
    "CACHEABLE",
    "DYNAMIC",
    "STATIC",
    "AccessDenied",
    "Advice",
    "Allowance",
    "CapReached",
    "Catalog",
    "CatalogError",
    "ChangePreview",
    "ChangeRun",
    "Checker",
    "Decision",
    "Done",
    "Effect",
    "Engine",
    "Entitlements",
    "EntitlementsError",
    "Entry",
    "Example",
    "Feature",
    "FixedClock",
    "Loss",
    "Mark",
    "Measured",
    "MemorySource",
    "MemoryStore",
    "Override",
    "PlanComparison",
    "PluginError",
    "Problem",
    "Question",
    "Reason",
    "Refused",
    "Reservation",
    "SourceError",
    "SqlStore",
    "Step",
    "StoreConflict",
    "StoreError",
    "StoreUnavailable",
    "SubjectRecord",
    "SubjectTerms",
    "SubjectsFile",
    "Subscription",
    "Terms",
    "Thing",
    "Token",
    "UnknownFeature",
    "UnknownPlan",
    "Usage",
    "Verdict",
    "admit",
    "compare",
    "deny",
    "hookimpl",
    "load_catalog",
]

_ROOT = Path(__file__).resolve().parent.parent
# In a checkout plugins/, plans/ and schemas/ stand beside this folder; in a wheel they lie inside it.
if (_ROOT / "schemas" / "__init__.py").is_file() and (_ROOT / "pyproject.toml").is_file():
    __path__.append(str(_ROOT))


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
