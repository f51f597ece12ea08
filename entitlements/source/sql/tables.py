"""The tables. Times are whole microseconds since 1970 in UTC, NULL is open; amounts are text."""

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
)

METADATA = MetaData()

#: Compared byte by byte on every database: subjects that differ in case are two, and sort as Python sorts.
EXACT = Text().with_variant(Text(collation="C"), "postgresql")


def _subject() -> Column[str]:
    return Column("subject", EXACT, ForeignKey("subjects.subject"), primary_key=True)


SUBJECTS = Table(
    "subjects",
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
    "subscriptions",
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
    "subscription_add_ons",
    METADATA,
    Column("subject", EXACT, primary_key=True),
    Column("subscription", Integer, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("add_on", EXACT, nullable=False),
    Column("start_at", BigInteger),
    Column("end_at", BigInteger),
    ForeignKeyConstraint(["subject", "subscription"], ["subscriptions.subject", "subscriptions.place"]),
)
OVERRIDES = Table(
    "overrides",
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
    "usage",
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
    "audit",
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
    Index("audit_of_subject", "subject", "seq"),
)
# The one row that each change locks last and until its commit: so the numbers of audit rows have no gap, and
# whoever has seen a number has seen all below it.
AUDIT_HEAD = Table(
    "audit_head",
    METADATA,
    Column("id", SmallInteger, CheckConstraint("id = 1", name="only_one_row"), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", EXACT, nullable=False),
)

#: The tables a record is kept in, a parent before its children.
OF_RECORD = (SUBJECTS, SUBSCRIPTIONS, ADD_ONS, OVERRIDES, USAGE)
