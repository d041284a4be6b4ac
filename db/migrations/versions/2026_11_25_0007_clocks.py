"""Service level agreements: policies, the clocks of cases, promises, and recomputing; the tier of a customer.

Cases on file get their clocks from the worker, which finds the run that is asked for here.

Revision: 0007, after 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("customer", sa.Column("tier", sa.String(length=24), nullable=False, server_default=""))
    op.create_table(
        "sla_policy",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_sla_policy"),
    )
    _clocks()
    _promises()
    op.create_table(
        "sla_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("up_to", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sla_run"),
    )
    op.execute(
        "INSERT INTO sla_run (id, reason, requested_at, last_id, up_to, done, changed) "
        "SELECT 1, 'the desk was upgraded', max(created_at), 0, max(id), 0, 0 FROM support_case HAVING count(*) > 0"
    )


def _clocks() -> None:
    op.create_table(
        "case_clock",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("paused_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("breached_at", MOMENT, nullable=True),
        sa.Column("alarm_at", MOMENT, nullable=True),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("warned", sa.Integer(), nullable=False),
        sa.Column("policy_key", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('first_response', 'next_response', 'resolution')", name=op.f("ck_case_clock_kind")
        ),
        sa.CheckConstraint("state IN ('running', 'paused', 'met', 'stopped')", name=op.f("ck_case_clock_state")),
        sa.CheckConstraint("state <> 'paused' OR paused_at IS NOT NULL", name=op.f("ck_case_clock_paused")),
        sa.CheckConstraint("state NOT IN ('met', 'stopped') OR ended_at IS NOT NULL", name=op.f("ck_case_clock_ended")),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_case_clock_case_id"),
        sa.PrimaryKeyConstraint("case_id", "kind", name="pk_case_clock"),
    )
    some = sa.text("alarm_at IS NOT NULL")
    op.create_index("ix_case_clock_alarm", "case_clock", ["alarm_at"], sqlite_where=some, postgresql_where=some)


def _promises() -> None:
    op.create_table(
        "promise",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.CheckConstraint("channel IN ('phone', 'email', 'chat', 'social')", name=op.f("ck_promise_channel")),
        sa.CheckConstraint("state IN ('open', 'kept', 'broken', 'void')", name=op.f("ck_promise_state")),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_promise_case_id"),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_promise_message_id"),
        sa.PrimaryKeyConstraint("id", name="pk_promise"),
    )
    still = sa.text("state = 'open'")
    op.create_index("ix_promise_open", "promise", ["until"], sqlite_where=still, postgresql_where=still)
    op.create_index("ix_promise_case", "promise", ["case_id", "id"])


def downgrade() -> None:
    op.drop_table("sla_run")
    op.drop_table("promise")
    op.drop_table("case_clock")
    op.drop_table("sla_policy")
    op.drop_column("customer", "tier")
