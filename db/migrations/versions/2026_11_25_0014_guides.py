"""Guides in every version, the cases that are walked through one, what came of each step, and error codes.

Revision: 0014, after 0011.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "guide_version",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("key", "number", name="pk_guide_version"),
    )
    op.create_table(
        "guide_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("guide_key", sa.String(length=64), nullable=False),
        sa.Column("guide_number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("turns", sa.JSON(), nullable=False),
        sa.Column("collected", sa.JSON(), nullable=False),
        sa.Column("sent", sa.JSON(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'running') = (ended_at IS NULL)", name=op.f("ck_guide_run_ended")),
        sa.CheckConstraint(
            "state IN ('solved', 'escalated', 'incident', 'stopped', 'left', 'running')",
            name=op.f("ck_guide_run_state"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_guide_run_case_id"),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_guide_run_agent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_guide_run"),
    )
    running = sa.text("state = 'running'")
    op.create_index(
        "uq_guide_run_running", "guide_run", ["case_id"], unique=True,
        sqlite_where=running, postgresql_where=running,
    )  # fmt: skip
    op.create_index("ix_guide_run_case", "guide_run", ["case_id", "id"])
    op.create_index("ix_guide_run_standing", "guide_run", ["guide_key", "state", "step", "updated_at"])
    op.create_table(
        "guide_figure",
        sa.Column("guide_key", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("guide_key", "day", "step", "outcome", name="pk_guide_figure"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "error_code",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_error_code"),
    )


def downgrade() -> None:
    op.drop_table("error_code")
    op.drop_table("guide_figure")
    op.drop_table("guide_run")
    op.drop_table("guide_version")
