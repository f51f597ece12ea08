"""What was made with a feature stays readable after the feature is lost, where its loss policy says so."""

from __future__ import annotations

from entitlements import DYNAMIC, Checker, Feature, Question, Reason, Verdict, admit


class KeptReadable(Checker):
    """Judges features whose loss is `read_only`; asked only when the call names an action."""

    name = "kept_readable"
    volatility = DYNAMIC
    needs = ("action",)

    def binds(self, feature: Feature) -> bool:
        return feature.on_loss.effect == "read_only"

    def check(self, question: Question) -> Verdict | None:
        if question.context["action"] != "read":
            return None
        return admit(
            "Reading and exporting stay open; changing it needs the feature", reason=Reason.KEPT_READABLE
        )
