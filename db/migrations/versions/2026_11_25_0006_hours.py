"""Service hours: calendars, and closures made on the spot.

Revision: 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "hours_calendar",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_hours_calendar"),
    )
    op.create_table(
        "hours_closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("calendar_key", sa.String(length=64), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.CheckConstraint("ends_at >= starts_at", name=op.f("ck_hours_closure_order")),
        sa.ForeignKeyConstraint(["calendar_key"], ["hours_calendar.key"], name="fk_hours_closure_calendar_key"),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_hours_closure_agent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_hours_closure"),
    )
    op.create_index("ix_hours_closure_calendar", "hours_closure", ["calendar_key", "ends_at"])


def downgrade() -> None:
    op.drop_table("hours_closure")
    op.drop_table("hours_calendar")
