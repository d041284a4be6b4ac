"""Refunds, their payments, approvals, links and policies; triggers hold each payment's sum.

Revision: 0017, after 0011.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STATES = (
    "draft", "with_merchant", "approved", "declined", "unanswered", "in_review", "requested", "pending", "unknown",
    "paid", "failed", "cancelled",
)  # fmt: skip
REASONS = ("order_cancelled", "not_received", "not_as_described", "charged_twice", "wrong_amount", "not_me")
HOLDS_NOTHING = "('draft', 'declined', 'failed', 'cancelled')"

SQLITE_UP = (
    f"""CREATE TRIGGER refund_held_insert AFTER INSERT ON refund WHEN NEW.state NOT IN {HOLDS_NOTHING}
        BEGIN UPDATE refund_payment SET held = held + NEW.amount WHERE id = NEW.payment_id; END""",
    f"""CREATE TRIGGER refund_held_delete AFTER DELETE ON refund WHEN OLD.state NOT IN {HOLDS_NOTHING}
        BEGIN UPDATE refund_payment SET held = held - OLD.amount WHERE id = OLD.payment_id; END""",
    f"""CREATE TRIGGER refund_held_update AFTER UPDATE OF state, amount ON refund
        WHEN OLD.state <> NEW.state OR OLD.amount <> NEW.amount
        BEGIN UPDATE refund_payment SET held = held
          - CASE WHEN OLD.state IN {HOLDS_NOTHING} THEN 0 ELSE OLD.amount END
          + CASE WHEN NEW.state IN {HOLDS_NOTHING} THEN 0 ELSE NEW.amount END
        WHERE id = NEW.payment_id; END""",
    """CREATE TRIGGER refund_same_payment BEFORE UPDATE OF payment_id ON refund
       WHEN OLD.payment_id <> NEW.payment_id
       BEGIN SELECT RAISE(ABORT, 'a refund stays with its payment'); END""",
)
SQLITE_DOWN = ("refund_held_insert", "refund_held_delete", "refund_held_update", "refund_same_payment")

POSTGRES_UP = (
    f"""CREATE FUNCTION desk_refund_held() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
          taken bigint := 0;
        BEGIN
          IF TG_OP = 'UPDATE' AND OLD.payment_id <> NEW.payment_id THEN
            RAISE EXCEPTION 'a refund stays with its payment';
          END IF;
          IF TG_OP <> 'INSERT' AND OLD.state NOT IN {HOLDS_NOTHING} THEN
            taken := taken - OLD.amount;
          END IF;
          IF TG_OP <> 'DELETE' AND NEW.state NOT IN {HOLDS_NOTHING} THEN
            taken := taken + NEW.amount;
          END IF;
          IF taken <> 0 THEN
            UPDATE refund_payment SET held = held + taken
            WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.payment_id ELSE NEW.payment_id END;
          END IF;
          RETURN NULL;
        END $$""",
    """CREATE TRIGGER refund_held AFTER INSERT OR UPDATE OR DELETE ON refund
       FOR EACH ROW EXECUTE FUNCTION desk_refund_held()""",
)


def words(name: str, *values: str) -> sa.Enum:
    """Words stored as text and held by a CHECK."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    op.create_table(
        "refund_policy",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_refund_policy"),
    )
    op.create_table(
        "refund_payment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wallet_id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("merchant_id", sa.String(length=120), nullable=False),
        sa.Column("merchant_name", sa.String(length=200), nullable=False),
        sa.Column("path", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("device_id", sa.String(length=120), nullable=False),
        sa.Column("paid_at", MOMENT, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("outside", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_payment_amount")),
        sa.CheckConstraint(
            "held >= 0 AND outside >= 0 AND held + outside <= amount", name=op.f("ck_refund_payment_never_above_paid")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_refund_payment"),
        sa.UniqueConstraint("wallet_id", name="uq_refund_payment_wallet_id"),
    )
    op.create_table(
        "refund",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("merchant", sa.String(length=64), nullable=False),
        sa.Column("state", words(op.f("ck_refund_state"), *STATES), nullable=False),
        sa.Column("state_since", MOMENT, nullable=False),
        sa.Column("reason", words(op.f("ck_refund_reason"), *REASONS), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("side_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("deadline_at", MOMENT, nullable=True),
        sa.Column("reminders", sa.SmallInteger(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("wallet_reference", sa.String(length=120), nullable=False),
        sa.Column("wallet_revision", sa.Integer(), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("needed", sa.SmallInteger(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_amount")),
        sa.CheckConstraint(
            "state <> 'with_merchant' OR deadline_at IS NOT NULL", name=op.f("ck_refund_asked_has_deadline")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_refund_case_id"),
        sa.ForeignKeyConstraint(["payment_id"], ["refund_payment.id"], name="fk_refund_payment_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_refund_customer_id"),
        sa.ForeignKeyConstraint(["opened_by"], ["agent.id"], name="fk_refund_opened_by"),
        sa.ForeignKeyConstraint(["side_id"], ["side_conversation.id"], name="fk_refund_side_id"),
        sa.PrimaryKeyConstraint("id", name="pk_refund"),
        sa.UniqueConstraint("key", name="uq_refund_key"),
    )
    op.create_index("ix_refund_case", "refund", ["case_id", "id"])
    op.create_index("ix_refund_payment", "refund", ["payment_id", "id"])
    op.create_index("ix_refund_state", "refund", ["state", "deadline_at", "id"])
    op.create_index(
        "ix_refund_due", "refund", ["next_at", "id"],
        sqlite_where=sa.text("next_at IS NOT NULL"), postgresql_where=sa.text("next_at IS NOT NULL"),
    )  # fmt: skip
    op.create_index("ix_refund_merchant", "refund", ["merchant", "asked_at"])
    op.create_index("ix_refund_opened_by", "refund", ["opened_by", "opened_at"])
    op.create_index("ix_refund_customer", "refund", ["customer_id", "opened_at"])
    op.create_table(
        "refund_approval",
        sa.Column("refund_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name="fk_refund_approval_refund_id"),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_refund_approval_agent_id"),
        sa.PrimaryKeyConstraint("refund_id", "agent_id", name="pk_refund_approval"),
    )
    op.create_index("ix_refund_approval_agent", "refund_approval", ["agent_id", "at"])
    op.create_table(
        "refund_evidence",
        sa.Column("refund_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name="fk_refund_evidence_refund_id"),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachment.id"], name="fk_refund_evidence_attachment_id"),
        sa.PrimaryKeyConstraint("refund_id", "attachment_id", name="pk_refund_evidence"),
    )
    op.create_table(
        "merchant_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("refund_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column(
            "answer",
            words(op.f("ck_merchant_link_answer"), "approve", "decline", "ask", "already_paid"),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name="fk_merchant_link_refund_id"),
        sa.PrimaryKeyConstraint("id", name="pk_merchant_link"),
        sa.UniqueConstraint("digest", name="uq_merchant_link_digest"),
    )
    op.create_index("ix_merchant_link_refund", "merchant_link", ["refund_id", "id"])
    op.create_table(
        "refund_difference",
        sa.Column(
            "kind",
            words(op.f("ck_refund_difference_kind"), "missing", "doubled", "amount", "unknown_here"),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_refund_difference_case_id"),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_refund_difference"),
    )
    for statement in SQLITE_UP if op.get_bind().dialect.name == "sqlite" else POSTGRES_UP:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in SQLITE_DOWN:
            op.execute(f"DROP TRIGGER {name}")
    else:
        op.execute("DROP TRIGGER refund_held ON refund")
        op.execute("DROP FUNCTION desk_refund_held()")
    for table in (
        "refund_difference", "merchant_link", "refund_evidence", "refund_approval", "refund", "refund_payment",
        "refund_policy",
    ):  # fmt: skip
        op.drop_table(table)
