"""First-party checkers. They come in through the same hook as anyone's and use public names only."""

from __future__ import annotations

from collections.abc import Iterable

from entitlements import Checker, hookimpl
from entitlements.plugins.exempt_clients import ExemptClients
from entitlements.plugins.kept_readable import KeptReadable
from entitlements.plugins.requires import Requires


@hookimpl
def entitlements_checkers() -> Iterable[Checker]:
    """The checkers every engine has."""
    return (ExemptClients(), KeptReadable(), Requires())
