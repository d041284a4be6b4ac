"""Calls, call-backs, and the version of a calendar.

Revision: 0010, after 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def words(name: str, *values: str) -> sa.Enum:
    """Words stored as text and held by a CHECK."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    op.create_table(
        "callback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=320), nullable=False),
        sa.Column("language", words(op.f("ck_callback_language"), "id", "en", "zh", "other"), nullable=False),
        sa.Column("slot_start", MOMENT, nullable=False),
        sa.Column("slot_end", MOMENT, nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("over_at", MOMENT, nullable=True),
        sa.Column(
            "outcome",
            words(op.f("ck_callback_callback_outcome"), "reached", "given_up", "not_needed"),
            nullable=True,
        ),
        sa.CheckConstraint("slot_end >= slot_start", name=op.f("ck_callback_slot")),
        sa.CheckConstraint("place IS NOT NULL OR outcome IS NOT NULL", name=op.f("ck_callback_seat")),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_callback_case_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_callback_customer_id"),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_callback_agent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_callback"),
        sa.UniqueConstraint("slot_start", "place", name="uq_callback_slot_start_place"),
    )
    op.create_index("ix_callback_case", "callback", ["case_id", "id"])
    op.create_index("ix_callback_customer", "callback", ["customer_id", "id"])
    op.create_index("ix_callback_place", "callback", ["place", "slot_start"])
    op.create_table(
        "call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("direction", words(op.f("ck_call_direction"), "inbound", "outbound"), nullable=False),
        sa.Column("number", sa.String(length=320), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("callback_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column(
            "outcome",
            words(op.f("ck_call_outcome"), "helped", "needs_work", "cut_off", "no_answer", "wrong_number"),
            nullable=True,
        ),
        sa.Column(
            "follow_up",
            words(op.f("ck_call_follow_up"), "none", "call_back", "waiting_customer", "solve"),
            nullable=True,
        ),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name=op.f("ck_call_ended")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_call_agent_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_call_customer_id"),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_call_case_id"),
        sa.ForeignKeyConstraint(["callback_id"], ["callback.id"], name="fk_call_callback_id"),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_call_message_id"),
        sa.PrimaryKeyConstraint("id", name="pk_call"),
    )
    op.create_index("ix_call_agent", "call", ["agent_id", "ended_at"])
    op.create_index("ix_call_case", "call", ["case_id", "id"])
    op.create_index("ix_call_callback", "call", ["callback_id"])
    op.add_column("hours_calendar", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    op.drop_column("hours_calendar", "version")
    op.drop_table("call")
    op.drop_table("callback")
