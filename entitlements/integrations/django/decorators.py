"""Views that need a feature, and what they answer to whom it is denied."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpResponseForbidden, JsonResponse

from entitlements.decision import Decision
from entitlements.engine.entitlements import Entitlements
from entitlements.integrations.django import conf

View = Callable[..., Any]
_NOBODY = "This needs a plan, and nobody is known here who has one."


def requires_feature(feature: str, **context: Any) -> Callable[[View], View]:
    """Open a view, plain or async, only to whose subject has `feature`; what others get is a setting.

    `context` goes to the check, such as `action="read"`.
    """

    def denial(request: Any, space: Entitlements | None) -> Any:
        if not space:
            return _forbidden(request, _NOBODY, {"feature": feature})
        decision = space.check(feature, **context)
        return None if decision else conf.denied()(request, decision)

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
            answer = denial(request, request.entitlements)
            return view(request, *args, **kwargs) if answer is None else answer

        @wraps(view)
        async def aguarded(request: Any, *args: Any, **kwargs: Any) -> Any:
            # A checker may well ask the database, and so may the host's denial.
            answer = await sync_to_async(denial)(request, await request.aentitlements())
            return await view(request, *args, **kwargs) if answer is None else answer

        return aguarded if iscoroutinefunction(view) else guarded

    return guard


def denied(request: Any, decision: Decision) -> Any:
    """The denial where the settings name none: 403, and why, as JSON for programs that prefer it."""
    # Where in the plan files it comes from is nobody's business out there.
    told = ("feature", "reason", "unlocked_by", "unlocked_by_add_ons")
    found = decision.to_json()
    return _forbidden(request, decision.message(), {key: found[key] for key in told})


def _forbidden(request: Any, message: str, told: dict[str, Any]) -> Any:
    if request.get_preferred_type(["text/plain", "application/json"]) == "application/json":
        return JsonResponse({"allowed": False, **told, "message": message}, status=403)
    return HttpResponseForbidden(message, content_type="text/plain; charset=utf-8")
