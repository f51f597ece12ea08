"""A feature is refused while another that it needs is missing."""

from __future__ import annotations

from entitlements import STATIC, Checker, Feature, Question, Reason, Verdict, deny


class Requires(Checker):
    """Judges features with `requires:`, by what the subject has of them, direct and indirect."""

    name = "requires"
    volatility = STATIC

    def binds(self, feature: Feature) -> bool:
        return bool(feature.requires)

    def check(self, question: Question) -> Verdict | None:
        missing = [key for key in question.feature.requires if key not in question.included]
        if not missing:
            return None
        return deny(f"Missing: {', '.join(missing)}", reason=Reason.REQUIRES_FEATURE)
