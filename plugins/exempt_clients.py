"""A client that a feature exempts is let in whatever the plan, such as the export tool through the API."""

from __future__ import annotations

from entitlements import DYNAMIC, Checker, Feature, Question, Reason, Verdict, admit


class ExemptClients(Checker):
    """Judges features with `exempt:`; asked only when the call names a client."""

    name = "exempt_clients"
    volatility = DYNAMIC
    needs = ("client",)

    def binds(self, feature: Feature) -> bool:
        return bool(feature.exempt)

    def check(self, question: Question) -> Verdict | None:
        client = question.context["client"]
        for exemption in question.feature.exempt:
            if exemption.client == client:
                return admit(exemption.because, reason=Reason.EXEMPT_CLIENT)
        return None
