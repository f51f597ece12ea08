"""Plugins that bring checkers whose declaration breaks the contract."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NoReturn

from entitlements import CACHEABLE, STATIC, Checker, hookimpl
from fault_load.plugins import Hostile  # type: ignore[import-not-found]


def fails(*_: object) -> NoReturn:
    raise ValueError


async def later(*_: object) -> None:
    pass


def bringing(name: Any = "faulty", **declared: Any) -> object:
    def entitlements_checkers() -> tuple[Checker, ...]:
        return (type("Faulty", (Checker,), {"name": name, **declared})(),)

    return SimpleNamespace(entitlements_checkers=hookimpl(entitlements_checkers))


twin_one = bringing("twin")
twin_two = bringing("twin")
first_party_name = bringing("requires")
old_contract = bringing(contract=0)
hostile_contract = bringing(contract=Hostile())
no_name = bringing("")
wrong_name = bringing("Not A Name")
number_name = bringing(float("nan"))
name_raises = bringing(property(fails))
features_text = bringing(features="api_access")
features_none = bringing(features=None)
features_used_up = bringing(features=(name for name in ("api_access",)))
features_numbers = bringing(features=(7, float("nan")))
features_hostile = bringing(features=Hostile())
features_raises = bringing(features=property(fails))
needs_static = bringing(volatility=STATIC, needs=("client",))
needs_none = bringing(needs=None)
volatility_text = bringing(volatility="static")
volatility_class = bringing(volatility=CACHEABLE)
on_error_unknown = bringing(on_error="explode")
on_error_list = bringing(on_error=["deny"])
last_good_dynamic = bringing(on_error="last_good")
deadline_nan = bringing(deadline=float("nan"))
deadline_text = bringing(deadline="1 s")
deadline_endless = bringing(deadline=float("inf"))
deadline_zero = bringing(deadline=0)
everywhere_text = bringing(everywhere="yes")
everywhere_hostile = bringing(everywhere=Hostile())
check_none = bringing(check=None)
check_raises = bringing(check=property(fails))
check_async = bringing(check=later)
usage_async = bringing(usage=later)
binds_raises = bringing("binds_raises", binds=fails)
binds_exits = bringing("binds_exits", binds=lambda *_: exit(3))  # noqa: PLR1722  the fault
binds_hostile = bringing("binds_hostile", binds=lambda *_: Hostile())
problems_raises = bringing("problems_raises", problems=fails)
problems_exits = bringing("problems_exits", problems=lambda *_: exit(3))  # noqa: PLR1722  the fault
problems_none = bringing("problems_none", problems=lambda *_: None)
problems_number = bringing("problems_number", problems=lambda *_: 7)
problems_single = bringing("problems_single", problems=lambda *_: ["wrong"])
problems_nan = bringing("problems_nan", problems=lambda *_: [(float("nan"), float("nan"))])
problems_hostile = bringing("problems_hostile", problems=lambda *_: [(Hostile(), Hostile())])
problems_changes = bringing("problems_changes", problems=lambda *given: given[2]["days"].clear() or ())
