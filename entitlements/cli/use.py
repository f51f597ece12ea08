"""`entitlements use`: uses up some of what a cap has for the month."""

from __future__ import annotations

import click

from entitlements.cli.app import App, Command
from entitlements.cli.counting import (
    Counting,
    by_options,
    counting_options,
    key_option,
    report_reservation,
    reserved,
)


@click.command("use", cls=Command)
@click.argument("subject")
@click.argument("cap")
@click.argument("n", type=click.IntRange(min=1), default=1)
@key_option
@by_options
@counting_options
@click.pass_obj
def command(
    app: App,
    *,
    subject: str,
    cap: str,
    n: int,
    key: str,
    by: str | None,
    because: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Use up N (1 if not given) of what CAP has for this month. A key is used once, in whatever month.

    Leaves with 0 if they are used, 1 if there are not so many left.

    \b
    Examples:
      entitlements use hill-school sms 3 --key broadcast-12
    """  # noqa: D301  click looks for the character itself
    counting = Counting(app, subject, dry_run=dry_run)
    with counting.connection() as connection:
        made = reserved(
            lambda: counting.engine.use(
                subject, cap, n, key=key, by=by, because=because, connection=connection
            )
        )
    return report_reservation(counting, cap, made, as_json=as_json)
