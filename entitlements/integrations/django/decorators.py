"""Views that need a feature."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpResponseForbidden

from entitlements.engine.entitlements import Entitlements

View = Callable[..., Any]


def requires_feature(feature: str) -> Callable[[View], View]:
    """Open a view, plain or async, only to whose subject has `feature`; others get 403, which says why."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
            return _denial(request.entitlements, feature) or view(request, *args, **kwargs)

        @wraps(view)
        async def aguarded(request: Any, *args: Any, **kwargs: Any) -> Any:
            # A checker may well ask the database.
            denial = await sync_to_async(_denial)(await request.aentitlements(), feature)
            return denial or await view(request, *args, **kwargs)

        return aguarded if iscoroutinefunction(view) else guarded

    return guard


def _denial(space: Entitlements | None, feature: str) -> Any:
    """The response to whom `feature` is denied; None if it is not."""
    decision = space.check(feature) if space else None
    if decision:
        return None
    why = (
        decision.message()
        if decision is not None
        else "This needs a plan, and nobody is known here who has one."
    )
    return HttpResponseForbidden(why, content_type="text/plain; charset=utf-8")
