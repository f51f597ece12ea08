"""`entitlements check`: one decision, with its reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from entitlements.catalog.money import money_text
from entitlements.change.compare import extra_json
from entitlements.cli.app import App, Command
from entitlements.cli.output import echo, json_option, styled, wrapped, write_json
from entitlements.decision import Decision
from entitlements.engine.allowance import Allowance
from entitlements.engine.entitlements import Entitlements
from entitlements.engine.explain import Explanation


def question_options(command: Callable[..., int]) -> Callable[..., int]:
    """What is asked of whom, and in which context: the same for every command that asks one question."""
    for option in reversed(_QUESTION):
        command = option(command)
    return command


_QUESTION = (
    click.argument("subject"),
    click.argument("feature", metavar="FEATURE|cap.KEY"),
    click.option(
        "--client", metavar="CLIENT", help="The verified client that asks, such as commcare-export."
    ),
    click.option("--action", metavar="ACTION", help='What is to be done, such as "read".'),
    click.option(
        "--adding",
        metavar="N",
        type=click.IntRange(min=0),
        help="For a cap: how many more are wanted; 1 if not given.",
    ),
    click.option(
        "--assume-default", is_flag=True, help="Treat an unknown subject as one without a subscription."
    ),
)


def context_of(**given: str | int | None) -> dict[str, Any]:
    """The context that was given, without what was left out."""
    return {key: value for key, value in given.items() if value is not None}


@click.command("check", cls=Command)
@question_options
@click.option("--explain", "explained", is_flag=True, help="Show each step of the derivation.")
@json_option
@click.pass_obj
def command(
    app: App,
    subject: str,
    feature: str,
    client: str | None,
    action: str | None,
    adding: int | None,
    explained: bool,
    assume_default: bool,
    as_json: bool,
) -> int:
    """May SUBJECT use FEATURE? With cap.KEY: may one more be added?

    Leaves with 0 if allowed, 1 if denied, 2 for a subject or feature that nobody knows.

    \b
    Examples:
      entitlements check demo-community api_access
      entitlements check demo-community api_access --client commcare-export
      entitlements check demo-health cap.builder_reports --adding 2 --explain
    """  # noqa: D301  click looks for the character itself
    engine = app.engine()
    space = app.space(engine, subject, assume_default=assume_default)
    context = context_of(client=client, action=action, adding=adding)
    decision = space.check(feature, **context)
    explanation = space.explain(feature, **context) if explained else None
    if as_json:
        write_json(check_json(space, decision, explanation))
    else:
        _print(app, decision, explanation)
    return 0 if decision.allowed else 1


def check_json(
    space: Entitlements, decision: Decision, explanation: Explanation | None = None
) -> dict[str, Any]:
    """The document `entitlements/check/1`, or `entitlements/cap/1` for a cap."""
    until = space.valid_until.isoformat() if space.valid_until else None
    common = {**decision.to_json(), "subject": space.subject, "plan": space.plan.ref, "valid_until": until}
    if explanation is not None:
        common["explanation"] = explanation.to_json()
    cap = decision.feature.removeprefix("cap.")
    if cap == decision.feature:
        return {"schema": "entitlements/check/1", **common}
    del common["feature"]
    return {"schema": "entitlements/cap/1", **common, **allowance_json(space.cap(cap))}


def allowance_json(allowance: Allowance) -> dict[str, Any]:
    """What is included and used of a cap; unknown is null with the reason beside it."""
    charge = allowance.monthly_charge
    return {
        "cap": allowance.cap,
        "included": allowance.included,
        "hard": allowance.hard,
        "extra_price": extra_json(allowance.extra_price),
        "used": allowance.used,
        "remaining": allowance.remaining,
        "over": allowance.over,
        "monthly_charge": money_text(charge) if charge is not None else None,
        **({"unknown": allowance.unknown} if allowance.unknown else {}),
    }


def _print(app: App, decision: Decision, explanation: Explanation | None) -> None:
    word = (
        styled("allowed", fg="green", bold=True)
        if decision.allowed
        else styled("denied", fg="red", bold=True)
    )
    echo(f"{word}  {decision.feature}  {styled(decision.reason.value, dim=True)}")
    echo(wrapped(decision.message(app.lang)))
    if decision.source is not None:
        echo(styled(f"From {decision.source}", dim=True))
    for number, step in enumerate(explanation.steps if explanation else (), 1):
        echo(wrapped(f"{number}. {step.looked_at}: {step.found}", "  "))
