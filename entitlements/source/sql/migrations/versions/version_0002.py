"""Seats and metered use, and the history of usage."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

EXACT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
IN_CAP = "held >= 0 AND (allowed IS NULL OR held <= allowed)"


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "entitlements_seat_counts",
        sa.Column("subject", EXACT, primary_key=True),
        sa.Column("cap", EXACT, primary_key=True),
        sa.Column("period", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("held", sa.BigInteger),
        sa.Column("allowed", sa.BigInteger),
        sa.CheckConstraint(IN_CAP, name="entitlements_seats_in_cap"),
    )
    op.create_table(
        "entitlements_seat_holds",
        sa.Column("subject", EXACT, primary_key=True),
        sa.Column("cap", EXACT, primary_key=True),
        sa.Column("name", EXACT, primary_key=True),
        sa.Column("period", sa.BigInteger, nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("since_at", sa.BigInteger, nullable=False),
        sa.Column("until_at", sa.BigInteger),
        sa.Column("done_by", EXACT),
        sa.Column("because", EXACT),
        sa.CheckConstraint("n > 0", name="entitlements_holds_something"),
    )
    op.create_index("entitlements_leases", "entitlements_seat_holds", ["subject", "cap", "until_at"])
    op.create_table(
        "entitlements_usage_days",
        sa.Column("subject", EXACT, sa.ForeignKey("entitlements_subjects.subject"), primary_key=True),
        sa.Column("name", EXACT, primary_key=True),
        sa.Column("day", EXACT, primary_key=True),
        sa.Column("peak", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("measured_at", sa.BigInteger, nullable=False),
    )
