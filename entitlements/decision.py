"""The engine's answer to one question: small, immutable, and shared by all subjects with the same answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from entitlements.messages import decision_message

if TYPE_CHECKING:
    from entitlements.model import Catalog, Origin


class Reason(StrEnum):
    """Why a decision is what it is. A closed list; where several hold, the first one here is given."""

    INCLUDED = "included"
    ADD_ON = "add_on"
    OVERRIDE = "override"
    EXEMPT_CLIENT = "exempt_client"
    KEPT_READABLE = "kept_readable"
    ALLOWED_BY_CHECKER = "allowed_by_checker"
    WITHIN_CAP = "within_cap"
    OVER_SOFT_CAP = "over_soft_cap"
    UNLIMITED = "unlimited"
    NOT_IN_FORCE = "not_in_force"
    REMOVED_BY_OVERRIDE = "removed_by_override"
    DENIED_BY_CHECKER = "denied_by_checker"
    REQUIRES_FEATURE = "requires_feature"
    NOT_INCLUDED = "not_included"
    CAP_REACHED = "cap_reached"
    USAGE_UNKNOWN = "usage_unknown"
    CHECKER_ERROR = "checker_error"
    UNKNOWN_FEATURE = "unknown_feature"
    STORE_UNAVAILABLE = "store_unavailable"


PRECEDENCE: Final = {reason: rank for rank, reason in enumerate(Reason)}
ALLOWING: Final = frozenset(list(Reason)[: PRECEDENCE[Reason.NOT_IN_FORCE]])


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Decision:
    """May it be used, and why. True when allowed. It holds nothing of the subject it was made for."""

    allowed: bool
    #: The feature key, or `cap.KEY`.
    feature: str
    reason: Reason
    #: The checker that decided, else None.
    checker: str | None = None
    #: Where the deciding value came from: the plan version, add-on or override, with its line.
    source: Origin | None = None
    #: The lowest plan on the ladder that one can buy and that would allow it; only where a plan could.
    unlocked_by: str | None = None
    unlocked_by_add_ons: tuple[str, ...] = ()
    #: Clients whose use of the feature is free of it.
    exempt_clients: tuple[str, ...] = ()
    #: What the checker or the cap adds in words.
    detail: str | None = None
    _catalog: Catalog | None = field(default=None, repr=False, compare=False)

    def __bool__(self) -> bool:
        return self.allowed

    def message(self, lang: str | None = None) -> str:
        """One sentence a project admin understands."""
        return decision_message(self, self._catalog, lang)

    def to_json(self) -> dict[str, Any]:
        return {
            "allowed": self.allowed,
            "feature": self.feature,
            "reason": self.reason.value,
            "checker": self.checker,
            "source": self.source.to_json() if self.source else None,
            "message": self.message(),
            "unlocked_by": self.unlocked_by,
            "unlocked_by_add_ons": list(self.unlocked_by_add_ons),
            "exempt_clients": list(self.exempt_clients),
            "detail": self.detail,
        }
