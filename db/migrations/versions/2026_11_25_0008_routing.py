"""Routing: queues, what agents may be handed, rules, and proposals.

Revision: 0008, after 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def words(name: str, *values: str) -> sa.Enum:
    """A closed set stored by value, held by a CHECK."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    op.create_table(
        "work_queue",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("mode", words("mode", "pull", "push"), nullable=False),
        sa.Column("calendar", sa.String(length=64), nullable=True),
        sa.Column("reserved_percent", sa.SmallInteger(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("reserved_percent BETWEEN 0 AND 50", name=op.f("ck_work_queue_reserved_percent")),
        sa.PrimaryKeyConstraint("key", name="pk_work_queue"),
    )
    op.create_table(
        "agent_work",
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("queues", sa.JSON(), nullable=False),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.Column("state", words("state", "available", "busy", "break", "away"), nullable=False),
        sa.Column("state_since", MOMENT, nullable=False),
        sa.Column("idle_since", MOMENT, nullable=False),
        sa.Column("turns", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_agent_work_agent_id"),
        sa.PrimaryKeyConstraint("agent_id", name="pk_agent_work"),
    )
    op.create_index("ix_agent_work_idle", "agent_work", ["state", "idle_since"])
    op.create_table(
        "routing_file",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_routing_file"),
    )
    op.create_table(
        "case_proposal",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("topic_key", sa.String(length=64), nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("settled_topic", sa.String(length=64), nullable=True),
        sa.Column("settled_priority", sa.SmallInteger(), nullable=True),
        sa.Column("topic_settled_at", MOMENT, nullable=True),
        sa.Column("priority_settled_at", MOMENT, nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("priority BETWEEN 1 AND 4", name=op.f("ck_case_proposal_priority")),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_case_proposal_case_id"),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_case_proposal_agent_id"),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_proposal"),
    )
    op.create_index("ix_case_proposal_created", "case_proposal", ["created_at"])
    op.add_column("support_case", sa.Column("skill", sa.String(length=64), nullable=True))
    op.add_column("support_case", sa.Column("call_from", MOMENT, nullable=True))
    op.create_index(
        "ix_support_case_waiting", "support_case", ["queue", "due_at", "priority", "id"],
        sqlite_where=sa.text("status IN ('new', 'open')"), postgresql_where=sa.text("status IN ('new', 'open')"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_support_case_waiting", "support_case")
    op.drop_column("support_case", "call_from")
    op.drop_column("support_case", "skill")
    op.drop_table("case_proposal")
    op.drop_table("routing_file")
    op.drop_table("agent_work")
    op.drop_table("work_queue")
