"""The first tables, and what the database refuses: overlapping subscriptions, edits of the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from entitlements.source.triggers import TRIGGERS

revision = "0001"
down_revision = None

EXACT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SUBJECT = "entitlements_subjects.subject"


def upgrade() -> None:
    """Make all of it."""
    op.create_table(
        "entitlements_subjects",
        sa.Column("subject", EXACT, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("time_zone", EXACT),
        sa.Column("baa_signed_on", sa.BigInteger),
        sa.Column("baa_ended_on", sa.BigInteger),
        sa.Column("credits", EXACT, nullable=False, server_default="0"),
        sa.Column("contacts", EXACT, nullable=False, server_default="{}"),
    )
    op.create_table(
        "entitlements_subscriptions",
        sa.Column("subject", EXACT, sa.ForeignKey(SUBJECT), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("plan", EXACT, nullable=False),
        sa.Column("start_at", sa.BigInteger),
        sa.Column("end_at", sa.BigInteger),
        sa.Column("cadence", EXACT, nullable=False),
        sa.Column("kind", EXACT, nullable=False),
    )
    op.create_table(
        "entitlements_subscription_add_ons",
        sa.Column("subject", EXACT, primary_key=True),
        sa.Column("subscription", sa.Integer, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("add_on", EXACT, nullable=False),
        sa.Column("start_at", sa.BigInteger),
        sa.Column("end_at", sa.BigInteger),
        sa.ForeignKeyConstraint(
            ["subject", "subscription"],
            ["entitlements_subscriptions.subject", "entitlements_subscriptions.place"],
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    op.create_table(
        "entitlements_overrides",
        sa.Column("subject", EXACT, sa.ForeignKey(SUBJECT), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("kind", EXACT, nullable=False),
        sa.Column("because", EXACT, nullable=False),
        sa.Column("given_by", EXACT, nullable=False),
        sa.Column("start_at", sa.BigInteger),
        sa.Column("end_at", sa.BigInteger),
        sa.Column("give", EXACT),
        sa.Column("remove", EXACT),
        sa.Column("cap", EXACT),
        sa.Column("set_to", EXACT),
        sa.Column("at_least", EXACT),
        sa.Column("support", EXACT),
    )
    op.create_table(
        "entitlements_usage",
        sa.Column("subject", EXACT, sa.ForeignKey(SUBJECT), primary_key=True),
        sa.Column("name", EXACT, primary_key=True),
        sa.Column("used", sa.BigInteger),
        sa.Column("exempt", sa.BigInteger, nullable=False),
        sa.Column("examples", EXACT, nullable=False),
        sa.Column("last_used", sa.BigInteger),
        sa.Column("measured_at", sa.BigInteger),
        sa.Column("unknown", EXACT),
    )
    _make_audit()
    for statement in TRIGGERS[op.get_context().dialect.name]:
        op.execute(sa.text(statement))


def _make_audit() -> None:
    op.create_table(
        "entitlements_audit",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False
        ),
        sa.Column("subject", EXACT, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("what", EXACT, nullable=False),
        sa.Column("done_by", EXACT, nullable=False),
        sa.Column("because", EXACT),
        sa.Column("done_at", sa.BigInteger, nullable=False),
        sa.Column("before", EXACT),
        sa.Column("after", EXACT, nullable=False),
        sa.Column("previous", EXACT, nullable=False),
        sa.Column("hash", EXACT, nullable=False),
    )
    op.create_index("entitlements_audit_of_subject", "entitlements_audit", ["subject", "seq"])
    head = op.create_table(
        "entitlements_audit_head",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", EXACT, nullable=False),
        sa.CheckConstraint("id = 1", name="entitlements_one_audit_head"),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": ""}])
