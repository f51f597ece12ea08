"""`request.entitlements`: what the subject of a request has, looked up when it is first touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.utils.asyncio import async_unsafe
from django.utils.functional import SimpleLazyObject

from entitlements.engine.entitlements import Entitlements
from entitlements.integrations.django import conf, engine


class EntitlementsMiddleware:
    """Gives each request `entitlements`, and `aentitlements()` to be awaited; falsy without a subject."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self._get_response = get_response
        self._subject_of = conf.subject_of()
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: Any) -> Any:
        in_time = async_unsafe("in an async view, write: space = await request.aentitlements()")
        request.entitlements = SimpleLazyObject(in_time(lambda: self._space(request)))

        async def aentitlements() -> Entitlements | None:
            request.entitlements = await sync_to_async(self._space)(request)
            return request.entitlements  # type: ignore[no-any-return]

        request.aentitlements = aentitlements
        return self._get_response(request)

    def _space(self, request: Any) -> Entitlements | None:
        subject = self._subject_of(request)
        return None if subject is None else engine().entitlements(subject)
