"""Figures: sums by the hour, what counting remembers of a case, and the oldest case of a lane by index.

The sums of what happened before are made by `desk db upgrade` right after, from the events, with the rules by which
they are counted ever after (`desk/rules/measures.py`).

Revision: 0009, after 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
MOMENTS = (
    "answered_at", "solved_at", "solved_before", "reopened_at", "broken_at", "breached_at", "taken_back_at",
)  # fmt: skip


def channel() -> sa.Enum:
    """A channel, held by a CHECK."""
    return sa.Enum(
        "phone", "email", "chat", "social", name="channel", native_enum=False, create_constraint=True, length=24
    )


def upgrade() -> None:
    op.create_table(
        "hourly_figure",
        sa.Column("span", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=24), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("channel", channel(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("span", "measure", "hour", "channel", "bucket", name="pk_hourly_figure"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_figure",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("channel", channel(), nullable=False),
        sa.Column("answer_seconds", sa.Integer(), nullable=True),
        *(sa.Column(name, MOMENT, nullable=True) for name in MOMENTS),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_case_figure_case_id"),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_figure"),
    )
    for name in ("answered", "solved", "broken", "breached"):
        given = sa.text(f"{name}_at IS NOT NULL")
        op.create_index(
            f"ix_case_figure_{name}", "case_figure", ["channel", f"{name}_at"],
            sqlite_where=given, postgresql_where=given,
        )  # fmt: skip
    queued = sa.text("status IN ('new', 'open')")
    op.create_index(
        "ix_support_case_oldest", "support_case", ["channel", "created_at"],
        sqlite_where=queued, postgresql_where=queued,
    )  # fmt: skip
    if op.get_bind().dialect.name == "postgresql":
        # An hour's row is rewritten with each event: room beside it keeps its versions on its page.
        op.execute("ALTER TABLE hourly_figure SET (fillfactor = 60)")
    op.execute(
        """INSERT INTO desk_info (key, value)
           SELECT 'figures', 'from the start' WHERE NOT EXISTS (SELECT 1 FROM event)"""
    )


def downgrade() -> None:
    op.execute("DELETE FROM desk_info WHERE key = 'figures'")
    op.drop_index("ix_support_case_oldest", "support_case")
    op.drop_table("case_figure")
    op.drop_table("hourly_figure")
