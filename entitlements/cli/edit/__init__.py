"""`entitlements edit`: changes to plan files without opening them, as edits of their text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from entitlements.catalog.editing.features import Declaration, add_feature, remove_feature
from entitlements.catalog.editing.plans import NewPlan, add_plan
from entitlements.catalog.editing.set import set_in
from entitlements.cli.app import App, Command
from entitlements.cli.edit.outcome import Wishes, opened, settled, sound
from entitlements.cli.output import json_option

_EFFECTS = ("closed", "deactivated", "read_only", "deleted")
_SOLD = ("self_service", "by_sales", "trial", "internal", "no")


def _common(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every edit."""
    for option in (
        json_option,
        click.option("--diff", is_flag=True, help="Show what would change, and change nothing."),
    ):
        function = option(function)
    return function


_new_version = click.option(
    "--new-version", is_flag=True, help="Raise `version:` if a published version would lose something."
)


@click.group("edit")
def command() -> None:
    """Change plan files without opening them: small edits of the text, everything else stays as it is.

    The change is checked with the whole catalog first. If it would make an error, nothing is written and the
    error is shown. Otherwise it is written at once and shown as a diff; undo it with your version control.

    \b
    Examples:
      entitlements edit set pro caps.mobile_users.included 300
      entitlements edit add-feature geocoder --from advanced --also pro@0
      entitlements edit new-plan plus --extends pro --title Plus --after pro
    """  # noqa: D301  click looks for the character itself


@command.command("set", cls=Command, short_help="Put a value into a file.")
@click.argument("name", metavar="NAME")
@click.argument("path", metavar="PATH")
@click.argument("value", metavar="VALUE")
@_new_version
@_common
@click.pass_obj
def set_command(
    app: App, *, name: str, path: str, value: str, new_version: bool, diff: bool, as_json: bool
) -> int:
    """Put VALUE at PATH, such as price.monthly, of the plan, feature, cap or add-on called NAME.

    NAME may say its kind: plan:pro, feature:api_access, cap:sms, add-on:KEY; `catalog` is catalog.yaml. PATH
    is the keys from the outside in, with dots between; what is not there yet is added. Whether VALUE is a
    number or a text follows from the schema; a whole map or list is written in brackets.

    \b
    Examples:
      entitlements edit set pro price.monthly 650.00
      entitlements edit set pro caps.mobile_users.included 200 --new-version
      entitlements edit set enterprise caps.sms '{included: 500, extra: by_rate}'
      entitlements edit set feature:api_access on_loss.effect read_only
      entitlements edit set catalog terms.invoice_day 15 --diff
    """  # noqa: D301  click looks for the character itself
    desk = opened(app, diff=diff)
    steps = [int(step) if step.isdecimal() else step for step in path.split(".")]
    home = set_in(desk, name, steps, value)
    words = [f"{home.file}: {path} is {value}"] if desk.edited else []
    return settled(app, desk, words, Wishes(diff, as_json, new_version))


@command.command("add-feature", cls=Command, short_help="Give a feature to a plan and its subscribers.")
@click.argument("key", metavar="KEY")
@click.option("--from", "plan", metavar="PLAN", required=True, help="The lowest plan that gets it.")
@click.option("--also", metavar="VERSION", multiple=True, help="An older version that gets it too: pro@0.")
@click.option("--title", metavar="TEXT", help="Title, if the feature is new.")
@click.option("--description", metavar="TEXT", help="What it does, if it is new.")
@click.option("--group", metavar="GROUP", help="The group that it is declared in, if it is new.")
@click.option("--on-loss", type=click.Choice(_EFFECTS), help="What becomes of it on loss, if it is new.")
@_common
@click.pass_obj
def add_feature_command(
    app: App,
    *,
    key: str,
    plan: str,
    also: tuple[str, ...],
    title: str | None,
    description: str | None,
    group: str | None,
    on_loss: str | None,
    diff: bool,
    as_json: bool,
) -> int:
    """Give feature KEY to PLAN, to the plans that extend it, and to all who have one of them today.

    The feature goes into the plan file; the records of the versions now sold are widened where they stand, so
    that nobody has to wait for a new version. With --also the subscribers of older versions get it too. A
    feature that is not declared yet is declared first, if the options say what it is.

    \b
    Examples:
      entitlements edit add-feature geocoder --from advanced
      entitlements edit add-feature geocoder --from pro --also pro@0 --diff
      entitlements edit add-feature voice --from pro --title Voice
        --description "Calls by machine." --group messaging --on-loss closed
    """  # noqa: D301  click looks for the character itself
    desk = opened(app, diff=diff)
    catalog = sound(desk)
    new = Declaration(title, description, group, on_loss)
    words = list(add_feature(desk, catalog, key, plan, also=also, new=new))
    return settled(app, desk, words, Wishes(diff, as_json))


@command.command("remove-feature", cls=Command, short_help="Take a feature out of a plan.")
@click.argument("key", metavar="KEY")
@click.option("--from", "plan", metavar="PLAN", required=True, help="The plan that loses it.")
@_new_version
@_common
@click.pass_obj
def remove_feature_command(
    app: App, *, key: str, plan: str, new_version: bool, diff: bool, as_json: bool
) -> int:
    """Take feature KEY out of PLAN, and so out of the plans that extend it.

    Those who have a published version keep it: such a plan needs the next version number, --new-version.

    \b
    Examples:
      entitlements edit remove-feature zapier_integration --from pro --new-version
      entitlements edit remove-feature zapier_integration --from standard --diff
    """  # noqa: D301  click looks for the character itself
    desk = opened(app, diff=diff)
    words = list(remove_feature(desk, sound(desk), key, plan))
    return settled(app, desk, words, Wishes(diff, as_json, new_version))


@command.command("new-plan", cls=Command, short_help="Make the file of a new plan.")
@click.argument("key", metavar="KEY")
@click.option("--extends", metavar="PLAN", required=True, help="The plan that it inherits from.")
@click.option("--title", metavar="TEXT", required=True, help="Its title.")
@click.option(
    "--price", metavar="PRICE", default="on_request", show_default=True, help="By the month, or free."
)
@click.option("--annual-total", metavar="PRICE", help="Price of twelve months.")
@click.option("--sold", type=click.Choice(_SOLD), help="How; self_service with --after, else by_sales.")
@click.option("--after", metavar="PLAN", help="Put it on the ladder, above PLAN.")
@_common
@click.pass_obj
def new_plan_command(
    app: App,
    *,
    key: str,
    extends: str,
    title: str,
    price: str,
    annual_total: str | None,
    sold: str | None,
    after: str | None,
    diff: bool,
    as_json: bool,
) -> int:
    """Make the file of a new plan KEY that extends another, with comments that say what it inherits.

    \b
    Examples:
      entitlements edit new-plan plus --extends pro --title Plus --after pro
      entitlements edit new-plan pilot --extends pro --title Pilot --price free
    """  # noqa: D301  click looks for the character itself
    desk = opened(app, diff=diff)
    sold = sold or ("self_service" if after else "by_sales")
    new = NewPlan(key, extends, title, price, annual_total, sold, after)
    words = list(add_plan(desk, sound(desk), new))
    return settled(app, desk, words, Wishes(diff, as_json))
