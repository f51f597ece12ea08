"""A stretch of time in which the same version of each plan is sold; most catalogs have one, for all time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from entitlements.clock import NEVER, to_ns
from entitlements.engine.compile import Program
from entitlements.engine.decide import unlocks_of
from entitlements.engine.row import RowMaker
from entitlements.succession import boundaries


@dataclass(frozen=True, slots=True)
class Era:
    """The Program by which is decided from `start` (ns) until the next era starts, and its maker of rows."""

    start: int
    program: Program
    maker: RowMaker


def eras_of(program: Program) -> tuple[Era, ...]:
    """The eras of a catalog, the earliest first; that one has no beginning."""
    eras = []
    for start in (None, *sorted(set(boundaries(program.catalog.successions.values())))):
        own = _program_at(program, start or datetime.min.replace(tzinfo=UTC))
        eras.append(Era(-NEVER if start is None else to_ns(start), own, RowMaker(own)))
    return tuple(eras)


def _program_at(program: Program, instant: datetime) -> Program:
    """`program` with what is sold at `instant`: it may be another plan that unlocks a feature."""
    catalog = program.catalog.at(instant)
    if catalog is program.catalog:
        return program
    features = {
        key: replace(feature, unlocks=unlocks_of(catalog, key)) for key, feature in program.features.items()
    }
    return replace(program, catalog=catalog, features=features)
