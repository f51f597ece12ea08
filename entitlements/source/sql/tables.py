"""The tables; their names bear a prefix, for they may lie among a host's own.

Times are whole microseconds since 1970 in UTC, NULL is open; amounts are text.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)

METADATA = MetaData()
#: The newest version in `migrations/`, which these tables are.
VERSION = "0003"

#: Compared byte by byte on every database: subjects that differ in case are two, and sort as Python sorts.
EXACT = Text().with_variant(Text(collation="C"), "postgresql")


def _subject() -> Column[str]:
    return Column("subject", EXACT, ForeignKey("entitlements_subjects.subject"), primary_key=True)


SUBJECTS = Table(
    "entitlements_subjects",
    METADATA,
    Column("subject", EXACT, primary_key=True),
    Column("revision", BigInteger, nullable=False, server_default="0"),
    Column("time_zone", EXACT),
    Column("baa_signed_on", BigInteger),
    Column("baa_ended_on", BigInteger),
    Column("credits", EXACT, nullable=False, server_default="0"),
    Column("contacts", EXACT, nullable=False, server_default="{}"),  # JSON: kind → people
)
# `place` is where an item stands in its record; a record comes back with everything in the same order.
SUBSCRIPTIONS = Table(
    "entitlements_subscriptions",
    METADATA,
    _subject(),
    Column("place", Integer, primary_key=True),
    Column("plan", EXACT, nullable=False),
    Column("start_at", BigInteger),
    Column("end_at", BigInteger),
    Column("cadence", EXACT, nullable=False),
    Column("kind", EXACT, nullable=False),
)
ADD_ONS = Table(
    "entitlements_subscription_add_ons",
    METADATA,
    Column("subject", EXACT, primary_key=True),
    Column("subscription", Integer, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("add_on", EXACT, nullable=False),
    Column("start_at", BigInteger),
    Column("end_at", BigInteger),
    ForeignKeyConstraint(
        ["subject", "subscription"],
        ["entitlements_subscriptions.subject", "entitlements_subscriptions.place"],
        deferrable=True,
        initially="DEFERRED",  # a subscription that differs goes and comes again while its add-ons stay
    ),
)
OVERRIDES = Table(
    "entitlements_overrides",
    METADATA,
    _subject(),
    Column("place", Integer, primary_key=True),
    Column("kind", EXACT, nullable=False),
    Column("because", EXACT, nullable=False),
    Column("given_by", EXACT, nullable=False),
    Column("start_at", BigInteger),
    Column("end_at", BigInteger),
    Column("give", EXACT),
    Column("remove", EXACT),
    Column("cap", EXACT),
    Column("set_to", EXACT),
    Column("at_least", EXACT),
    Column("support", EXACT),
)
USAGE = Table(
    "entitlements_usage",
    METADATA,
    _subject(),
    Column("name", EXACT, primary_key=True),
    Column("used", BigInteger),
    Column("exempt", BigInteger, nullable=False),
    Column("examples", EXACT, nullable=False),  # JSON: [label, url] each
    Column("last_used", BigInteger),
    Column("measured_at", BigInteger),
    Column("unknown", EXACT),
)
AUDIT = Table(
    "entitlements_audit",
    METADATA,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("subject", EXACT, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("what", EXACT, nullable=False),
    Column("done_by", EXACT, nullable=False),
    Column("because", EXACT),
    Column("done_at", BigInteger, nullable=False),
    Column("before", EXACT),
    Column("after", EXACT, nullable=False),
    Column("previous", EXACT, nullable=False),
    Column("hash", EXACT, nullable=False),
    Index("entitlements_audit_of_subject", "subject", "seq"),
)
# The one row that each change locks last and until its commit: so the numbers of audit rows have no gap, and
# whoever has seen a number has seen all below it.
AUDIT_HEAD = Table(
    "entitlements_audit_head",
    METADATA,
    Column(
        "id", SmallInteger, CheckConstraint("id = 1", name="entitlements_one_audit_head"), primary_key=True
    ),
    Column("seq", BigInteger, nullable=False),
    Column("hash", EXACT, nullable=False),
    CheckConstraint("id = 1", name="entitlements_one_audit_head"),
)

# Seats, and metered use by the month: how many are held in a room, and by whom. No row hangs on a subject's,
# for a subject that nobody knows has seats of the default plan. `period` is 0 for seats.
SEAT_COUNTS = Table(
    "entitlements_seat_counts",
    METADATA,
    Column("subject", EXACT, primary_key=True),
    Column("cap", EXACT, primary_key=True),
    Column("period", BigInteger, primary_key=True, autoincrement=False),
    Column("held", BigInteger),
    # What a hard cap allowed when one was last taken: a smaller plan since then takes none away.
    Column("allowed", BigInteger),
    CheckConstraint("held >= 0 AND (allowed IS NULL OR held <= allowed)", name="entitlements_seats_in_cap"),
)
SEAT_HOLDS = Table(
    "entitlements_seat_holds",
    METADATA,
    Column("subject", EXACT, primary_key=True),
    Column("cap", EXACT, primary_key=True),
    Column("name", EXACT, primary_key=True),
    Column("period", BigInteger, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("since_at", BigInteger, nullable=False),
    Column("until_at", BigInteger),
    Column("done_by", EXACT),
    Column("because", EXACT),
    CheckConstraint("n > 0", name="entitlements_holds_something"),
    Index("entitlements_leases", "subject", "cap", "until_at"),
)
USAGE_DAYS = Table(
    "entitlements_usage_days",
    METADATA,
    _subject(),
    Column("name", EXACT, primary_key=True),
    Column("day", EXACT, primary_key=True),  # 2026-03-01, as clocks show it where the subject is
    Column("peak", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("measured_at", BigInteger, nullable=False),
)

# Changes of plan that were agreed to, in the order of `seq`. Of a subject at most one is under way; who has
# taken one up holds it until `held_until`, and renews that step by step.
_UNDER_WAY = text("state NOT IN ('done', 'rolled_back')")
CHANGES = Table(
    "entitlements_changes",
    METADATA,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("id", EXACT, nullable=False, unique=True),
    Column("subject", EXACT, nullable=False),
    Column("state", EXACT, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("told", EXACT, nullable=False),  # JSON: what was agreed to, as `change/run.py` reads it
    Column("why", EXACT),
    Column("holder", EXACT),
    Column("held_until", BigInteger),
    Index("entitlements_changes_of_subject", "subject", "seq"),
    Index(
        "entitlements_one_change_at_once",
        "subject",
        unique=True,
        sqlite_where=_UNDER_WAY,
        postgresql_where=_UNDER_WAY,
    ),
    Index("entitlements_changes_due", "due_at", sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY),
)
CHANGE_STEPS = Table(
    "entitlements_change_steps",
    METADATA,
    Column("run", EXACT, ForeignKey("entitlements_changes.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("state", EXACT, nullable=False),
    Column("told", EXACT, nullable=False),  # JSON
    Column("before", EXACT),  # JSON: what it was before it was done
    Column("why", EXACT),
)

#: The tables of the parts of a record, as `rows.py` calls them; a parent before its children.
OF_RECORD = {
    "subjects": SUBJECTS,
    "subscriptions": SUBSCRIPTIONS,
    "add_ons": ADD_ONS,
    "overrides": OVERRIDES,
    "usage": USAGE,
}
