"""The journal of changes while they are carried out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

EXACT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
UNDER_WAY = sa.text("state NOT IN ('done', 'rolled_back')")


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "entitlements_changes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("id", EXACT, nullable=False, unique=True),
        sa.Column("subject", EXACT, nullable=False),
        sa.Column("state", EXACT, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("told", EXACT, nullable=False),
        sa.Column("why", EXACT),
        sa.Column("holder", EXACT),
        sa.Column("held_until", sa.BigInteger),
    )
    op.create_index("entitlements_changes_of_subject", "entitlements_changes", ["subject", "seq"])
    for name, column, unique in (
        ("entitlements_one_change_at_once", "subject", True),
        ("entitlements_changes_due", "due_at", False),
    ):
        op.create_index(
            name,
            "entitlements_changes",
            [column],
            unique=unique,
            sqlite_where=UNDER_WAY,
            postgresql_where=UNDER_WAY,
        )
    op.create_table(
        "entitlements_change_steps",
        sa.Column("run", EXACT, sa.ForeignKey("entitlements_changes.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("state", EXACT, nullable=False),
        sa.Column("told", EXACT, nullable=False),
        sa.Column("before", EXACT),
        sa.Column("why", EXACT),
    )
