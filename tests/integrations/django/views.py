"""A small site: its subject comes from a header, as it would from a session."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import path

from entitlements.decision import Decision
from entitlements.integrations.django.decorators import requires_feature

asked: list[str] = []


def subject_of(request: Any) -> str | None:
    asked.append(request.path)
    found: str | None = request.headers.get("X-Space")
    return found


def untouched(_: Any) -> Any:
    return HttpResponse("open")


def touched(request: Any) -> Any:
    space = request.entitlements
    return HttpResponse(f"{space.plan.key} {space.plan.key}" if space else "nobody")


@requires_feature("api_access")
def guarded(_: Any) -> Any:
    return HttpResponse("api")


@requires_feature("lookup_tables", action="read")
def readable(_: Any) -> Any:
    return HttpResponse("tables")


def sold(request: Any, decision: Decision) -> Any:
    """A denial of the site's own."""
    return HttpResponse(f"{request.path} needs {decision.unlocked_by}", status=402)


@requires_feature("api_access")
async def aguarded(request: Any) -> Any:
    return HttpResponse(f"api of {request.entitlements.subject}")


async def atouched(request: Any) -> Any:
    return HttpResponse(str(request.entitlements.plan))


urlpatterns = [
    path("untouched", untouched),
    path("touched", touched),
    path("guarded", guarded),
    path("readable", readable),
    path("aguarded", aguarded),
    path("atouched", atouched),
]
