"""What an editor can write on demand: a new plan, feature, cap, add-on or test; `$1` is where one types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Snippet = dict[str, Any]

_PLAN: Final[Snippet] = {
    "label": "New plan",
    "description": "A plan that takes over what another gives.",
    "body": {
        "plan": "${1:key}",
        "version": 0,
        "title": "${2:Title}",
        "sold": "${3|self_service,by_sales,trial,internal,no|}",
        "extends": "${4:key}",
        "price": "${5:on_request}",
        "features": ["${6:key}"],
    },
}
_FEATURE: Final[Snippet] = {
    "label": "New feature",
    "description": "A feature and what happens when it is lost.",
    "body": {
        "${1:key}": {
            "title": "${2:Title}",
            "description": "${3:What one can do with it.}",
            "on_loss": {"effect": "${4|closed,deactivated,read_only,deleted|}"},
        }
    },
}
_CAP: Final[Snippet] = {
    "label": "New cap",
    "description": "Something that plans limit.",
    "body": {
        "${1:key}": {
            "title": "${2:Title}",
            "unit": {"one": "${3:user}", "other": "${4:users}"},
            "counted_by": "${5|seats,usage|}",
        }
    },
}
_ADD_ON: Final[Snippet] = {
    "label": "New add-on",
    "description": "Something sold on top of a plan.",
    "body": {
        "${1:key}": {
            "title": "${2:Title}",
            "price": "${3:on_request}",
            "sold_with": ["${4:plan}"],
            "features": ["${5:feature}"],
        }
    },
}
_TEST: Final[Snippet] = {
    "label": "New plan test",
    "description": "What a plan gives and does not give.",
    "body": {
        "name": "${1:What must stay true, in a sentence}",
        "given": {"plan": "${2:plan}"},
        "expect": {"${3:feature}": "${4|allowed,denied|}"},
    },
}
_CHANGE: Final[Snippet] = {
    "label": "New test of a change of plan",
    "description": "What a change takes away, and what becomes of what is in use.",
    "body": {
        "name": "${1:What must stay true, in a sentence}",
        "given": {"plan": "${2:plan}", "usage": {"${3:feature}": 1}},
        "change_to": "${4:plan}",
        "expect": {"lost": ["$3"], "direction": "${5|upgrade,downgrade,switch,same|}"},
    },
}
#: Kind of file → place in it → what may be written there.
SNIPPETS: Final[Mapping[str, Mapping[str, list[Snippet]]]] = {
    "add-ons": {"add_ons": [_ADD_ON]},
    "catalog": {"caps": [_CAP]},
    "features": {"features": [_FEATURE]},
    "plan": {"": [_PLAN]},
    "plan-tests": {"tests[]": [_TEST, _CHANGE]},
}
