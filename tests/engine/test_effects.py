"""A checker asked what a loss does: whatever it answers, the engine gets sound effects or a reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from entitlements import Checker, Effect, Loss, Thing
from entitlements.checker import acts, tells_effects
from entitlements.engine.ask import Asker, Failed
from entitlements.loss import is_effects
from tests.rules_catalog import NOW, RULES

LOSS = Loss("space", RULES.features["reports"], None, frozenset(), "low@1", NOW)


class Telling(Checker):
    name = "telling"
    features = ("reports",)

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def effects(self, loss: Loss) -> Iterable[Effect] | None:
        if isinstance(self.answer, BaseException):
            raise self.answer
        assert loss is LOSS
        return self.answer  # type: ignore[no-any-return]


def told(answer: Any) -> Any:
    return Asker(Telling(answer), "host").effects(LOSS)


def test_effects_come_as_they_are_given() -> None:
    effect = Effect("deactivated", 2, things=(Thing("1"), Thing("2", "Two", "/2")), advice="Print them.")
    assert told([effect]) == (effect,)
    assert told(one for one in (effect,)) == (effect,)
    assert told(()) == ()
    assert told(None) is None


@pytest.mark.parametrize(
    "wrong",
    [
        [Effect("gone", 1)],  # type: ignore[arg-type]
        [Effect("closed", -1)],
        [Effect("closed", True)],
        [Effect("closed", 1.0)],  # type: ignore[arg-type]
        [Effect("closed", 1, restores="perhaps")],  # type: ignore[arg-type]
        [Effect("closed", 1, message=7)],  # type: ignore[arg-type]
        [Effect("closed", 1, advice=b"")],  # type: ignore[arg-type]
        [Effect("closed", 1, things=["1"])],  # type: ignore[arg-type]
        [Effect("closed", 1, things=("1",))],  # type: ignore[arg-type]
        [Effect("closed", 2, things=(Thing("1"), Thing("1")))],
        [Effect("closed", 1, examples=("ANC visit",))],  # type: ignore[arg-type]
        [object.__new__(Effect)],
        ["closed"],
        7,
        RuntimeError("no"),
        SystemExit(3),
    ],
)
def test_what_is_no_effect_is_a_failure_and_never_raised(wrong: Any) -> None:
    asker = Asker(Telling(wrong), "host")
    assert isinstance(asker.effects(LOSS), Failed)
    assert (asker.errors, asker.health) == (1, "failing")


def test_a_checker_that_goes_on_failing_rests() -> None:
    asker = Asker(Telling(RuntimeError()), "host")
    for _ in range(5):
        asker.effects(LOSS)
    assert asker.health == "resting"
    assert asker.effects(LOSS) == Failed("it failed several times and rests before the next try")
    assert asker.errors == 5


def test_an_interrupt_passes_through() -> None:
    with pytest.raises(KeyboardInterrupt):
        told(KeyboardInterrupt())


def test_who_has_a_say_and_who_acts() -> None:
    class Acting(Checker):
        name = "acting"

        def apply(self, step: Any) -> dict[str, Any]:
            return {"key": step.key}

    class Judging(Checker):
        name = "judging"

    assert [tells_effects(checker) for checker in (Telling(()), Acting(), Judging())] == [True, True, False]
    assert [acts(checker) for checker in (Telling(()), Acting(), Judging())] == [False, True, False]


def test_one_of_several_effects_that_is_not_sound_spoils_all() -> None:
    assert is_effects((Effect("closed", 1), Effect("charged", None, unknown="the server is away")))
    assert not is_effects((Effect("closed", 1), None))
