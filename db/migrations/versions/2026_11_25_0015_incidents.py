"""Incidents, the cases that belong to them, what was told to whom, and error codes that cases name.

Revision: 0015, after 0011.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STATES = ("planned", "open", "recovering", "overdue", "resolved", "cancelled")
STATUSES = ("new", "open", "waiting_customer", "waiting_merchant", "on_hold", "solved", "closed")


def words(name: str, *values: str) -> sa.Enum:
    """Words stored as text and held by a CHECK."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", words(op.f("ck_incident_kind"), "outage", "maintenance"), nullable=False),
        sa.Column("state", words(op.f("ck_incident_state"), *STATES), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("internal", sa.Text(), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("channels", "topics", "words", "codes")),
        sa.Column("links_by_rule", sa.Boolean(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("expected_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_incident_agent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
        sa.UniqueConstraint("key", name="uq_incident_key"),
    )
    op.create_index("ix_incident_state", "incident", ["state", "id"])
    op.create_index("ix_incident_ended", "incident", ["ended_at"])
    op.create_table(
        "incident_update",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("state", words(op.f("ck_incident_update_state"), *STATES), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("then", words(op.f("ck_incident_update_then_status"), *STATUSES), nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("telling_since", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_incident_update_incident_id"),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_incident_update_agent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_incident_update"),
    )
    op.create_index("ix_incident_update_incident", "incident_update", ["incident_id", "id"])
    telling = sa.text("telling_since IS NOT NULL")
    op.create_index(
        "ix_incident_update_telling", "incident_update", ["telling_since", "id"],
        sqlite_where=telling, postgresql_where=telling,
    )  # fmt: skip
    op.create_table(
        "incident_case",
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("is_off", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_incident_case_incident_id"),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_incident_case_case_id"),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_incident_case_agent_id"),
        sa.PrimaryKeyConstraint("incident_id", "case_id", name="pk_incident_case"),
    )
    op.create_index("ix_incident_case_case", "incident_case", ["case_id"])
    op.create_table(
        "incident_notice",
        sa.Column("update_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            words(op.f("ck_incident_notice_state"), "pending", "told", "heard", "skipped", "cancelled"),
            nullable=False,
        ),
        sa.Column("told_customer_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["update_id"], ["incident_update.id"], name="fk_incident_notice_update_id"),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_incident_notice_case_id"),
        sa.ForeignKeyConstraint(["told_customer_id"], ["customer.id"], name="fk_incident_notice_told_customer_id"),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_incident_notice_message_id"),
        sa.PrimaryKeyConstraint("update_id", "case_id", name="pk_incident_notice"),
        sa.UniqueConstraint("update_id", "told_customer_id", name="uq_incident_notice_update_id_told_customer_id"),
    )
    op.create_index("ix_incident_notice_state", "incident_notice", ["update_id", "state", "case_id"])
    op.create_index("ix_incident_notice_told", "incident_notice", ["told_at"])
    op.create_table(
        "incident_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic_key", sa.String(length=64), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("expected", sa.String(length=12), nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name="fk_incident_proposal_incident_id"),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_incident_proposal_agent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_incident_proposal"),
    )
    op.create_index("ix_incident_proposal_open", "incident_proposal", ["settled_at", "id"])
    op.create_table(
        "case_code",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_case_code_case_id"),
        sa.PrimaryKeyConstraint("case_id", "code", name="pk_case_code"),
    )
    op.create_index("ix_case_code_at", "case_code", ["at", "code"])


def downgrade() -> None:
    for table in (
        "case_code", "incident_proposal", "incident_notice", "incident_case", "incident_update", "incident",
    ):  # fmt: skip
        op.drop_table(table)
