"""The hooks a plugin may implement. Read top to bottom, this is the whole plugin interface.

A plugin is a module or object whose functions carry `@hookimpl`; it is found through the entry-point
group `entitlements`, handed to `Engine.open(plugins=…)`, or lies as a file in the plugin folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from entitlements.checker import Checker
    from entitlements.decision import Decision
    from entitlements.engine.entitlements import Entitlements
    from entitlements.model import Catalog
    from entitlements.problems import Problem

hookspec = pluggy.HookspecMarker("entitlements")
hookimpl = pluggy.HookimplMarker("entitlements")


@hookspec
def entitlements_checkers() -> Iterable[Checker]:  # type: ignore[empty-body]
    """The checkers this plugin brings.

    When: once, when an engine is opened.
    Called: with nothing.
    Returns: an iterable of Checker objects.
    Combining: all are collected; two of one name are an error, and order never matters.
    Errors: an exception makes opening fail with a PluginError that names the plugin.
    """


@hookspec
def entitlements_lint(catalog: Catalog) -> Iterable[Problem]:  # type: ignore[empty-body]
    """Further findings about a catalog that loads.

    When: on `entitlements validate`, after reading, shapes and references are in order.
    Called: with the frozen Catalog.
    Returns: an iterable of Problem, best with the mark of the line meant; codes of your own have a hyphen.
    Combining: all are collected and sorted by place.
    Errors: an exception is reported as one problem naming the plugin; the other findings stay.
    """


@hookspec
def entitlements_decided(decision: Decision, space: Entitlements) -> None:
    """Told of each decision that `check` or `require` gives; for counting and logging.

    When: after the answer is made, before the caller has it; never for `allows`.
    Called: with the Decision and the Entitlements it came from.
    Returns: nothing; the answer cannot be changed here.
    Combining: every implementation is called.
    Errors: an exception is logged and changes nothing.
    """
