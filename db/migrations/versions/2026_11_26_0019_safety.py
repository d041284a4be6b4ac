"""Account safety: facts from the wallet, the playbook for a stolen account, acts at the wallet, transactions disowned.

Revision: 0019, after 0017.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ACT_STATES = ("waiting", "kept", "asked", "unknown", "done", "refused", "withdrawn")
LIVE = sa.text("state IN ('waiting', 'kept', 'asked', 'unknown')")
PROOF = """SELECT 1 FROM safety_act AS proof WHERE proof.id = NEW.proof_id AND proof.run_id = NEW.run_id
           AND proof.kind = 'challenge' AND proof.outcome = 'passed'"""
UNPROVEN = f"NEW.kind = 'unfreeze' AND NEW.state NOT IN ('waiting', 'withdrawn') AND NOT EXISTS ({PROOF})"
CHANGED = """OLD.asked_by <> NEW.asked_by OR OLD.kind <> NEW.kind OR OLD.run_id <> NEW.run_id
             OR (OLD.needs_second AND NOT NEW.needs_second)"""
SAID_PROOF = "an account is opened again only by a passed challenge"
SAID_CHANGED = "what was asked by whom stays so"

SQLITE_UP = tuple(
    f"CREATE TRIGGER safety_act_{name} BEFORE {event} ON safety_act WHEN {when} "
    f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
    for name, event, when, said in (
        ("proof_insert", "INSERT", UNPROVEN, SAID_PROOF),
        ("proof_update", "UPDATE", UNPROVEN, SAID_PROOF),
        ("stays", "UPDATE", CHANGED, SAID_CHANGED),
    )
)
SQLITE_DOWN = ("safety_act_proof_insert", "safety_act_proof_update", "safety_act_stays")
POSTGRES_UP = (
    f"""CREATE FUNCTION desk_safety_act() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF {UNPROVEN} THEN RAISE EXCEPTION '{SAID_PROOF}'; END IF;
          IF TG_OP = 'UPDATE' THEN
            IF {CHANGED} THEN RAISE EXCEPTION '{SAID_CHANGED}'; END IF;
          END IF;
          RETURN NEW;
        END $$""",
    """CREATE TRIGGER safety_act_checked BEFORE INSERT OR UPDATE ON safety_act
       FOR EACH ROW EXECUTE FUNCTION desk_safety_act()""",
)


def words(name: str, *values: str) -> sa.Enum:
    """Words stored as text and held by a CHECK."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def due(name: str, table: str, columns: list[str]) -> None:
    """An index of the rows that a worker looks at by `next_at`."""
    some = sa.text("next_at IS NOT NULL")
    op.create_index(name, table, columns, sqlite_where=some, postgresql_where=some)


def upgrade() -> None:
    op.create_table(
        "account_facts",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("sought", sa.String(length=254), nullable=False),
        sa.Column("matches", sa.JSON(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("wanted_at", MOMENT, nullable=True),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_account_facts_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", name="pk_account_facts"),
    )
    due("ix_account_facts_due", "account_facts", ["next_at", "customer_id"])
    op.create_table(
        "safety_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("state", words(op.f("ck_safety_run_state"), "running", "watching", "closed"), nullable=False),
        sa.Column("reason", sa.String(length=250), nullable=False),
        sa.Column("report", sa.String(length=32), nullable=False),
        sa.Column("begun_by", sa.Integer(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.Column("watch_until", MOMENT, nullable=True),
        sa.Column("watch_signs", sa.JSON(), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state <> 'watching' OR watch_until IS NOT NULL", name=op.f("ck_safety_run_watch_has_end")),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name="fk_safety_run_case_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_safety_run_customer_id"),
        sa.ForeignKeyConstraint(["begun_by"], ["agent.id"], name="fk_safety_run_begun_by"),
        sa.PrimaryKeyConstraint("id", name="pk_safety_run"),
        sa.UniqueConstraint("report", name="uq_safety_run_report"),
    )
    not_closed = sa.text("state <> 'closed'")
    op.create_index(
        "uq_safety_run_open", "safety_run", ["customer_id"], unique=True,
        sqlite_where=not_closed, postgresql_where=not_closed,
    )  # fmt: skip
    op.create_index("ix_safety_run_case", "safety_run", ["case_id", "id"])
    op.create_index("ix_safety_run_watch", "safety_run", ["state", "watch_until", "id"])
    op.create_table(
        "safety_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            words(op.f("ck_safety_act_kind"), "freeze", "unfreeze", "challenge", "revoke_devices", "password_reset"),
            nullable=False,
        ),
        sa.Column("state", words(op.f("ck_safety_act_state"), *ACT_STATES), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=250), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("proof_id", sa.Integer(), nullable=True),
        sa.Column(
            "outcome", words(op.f("ck_safety_act_outcome"), "sent", "passed", "failed", "expired"), nullable=True
        ),
        sa.Column("outcome_at", MOMENT, nullable=True),
        sa.Column("challenge", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> asked_by", name=op.f("ck_safety_act_second_is_another")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'withdrawn') OR approved_by IS NOT NULL OR NOT needs_second",
            name=op.f("ck_safety_act_risky_by_two"),
        ),
        sa.CheckConstraint(
            "kind <> 'unfreeze' OR state IN ('waiting', 'withdrawn')"
            " OR (approved_by IS NOT NULL AND proof_id IS NOT NULL)",
            name=op.f("ck_safety_act_unfreeze_by_two"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["safety_run.id"], name="fk_safety_act_run_id"),
        sa.ForeignKeyConstraint(["asked_by"], ["agent.id"], name="fk_safety_act_asked_by"),
        sa.ForeignKeyConstraint(["approved_by"], ["agent.id"], name="fk_safety_act_approved_by"),
        sa.ForeignKeyConstraint(["proof_id"], ["safety_act.id"], name="fk_safety_act_proof_id"),
        sa.PrimaryKeyConstraint("id", name="pk_safety_act"),
        sa.UniqueConstraint("key", name="uq_safety_act_key"),
    )
    op.create_index("ix_safety_act_run", "safety_act", ["run_id", "id"])
    due("ix_safety_act_due", "safety_act", ["next_at", "id"])
    op.create_index(
        "uq_safety_act_live", "safety_act", ["run_id", "kind"], unique=True, sqlite_where=LIVE, postgresql_where=LIVE
    )
    op.create_table(
        "safety_payment",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("transaction_id", sa.String(length=64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("verdict", words(op.f("ck_safety_payment_verdict"), "unsure", "owned", "disowned"), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("refund_id", sa.Integer(), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["safety_run.id"], name="fk_safety_payment_run_id"),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name="fk_safety_payment_agent_id"),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name="fk_safety_payment_refund_id"),
        sa.PrimaryKeyConstraint("run_id", "transaction_id", name="pk_safety_payment"),
    )
    for statement in SQLITE_UP if op.get_bind().dialect.name == "sqlite" else POSTGRES_UP:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in SQLITE_DOWN:
            op.execute(f"DROP TRIGGER {name}")
    else:
        op.execute("DROP TRIGGER safety_act_checked ON safety_act")
        op.execute("DROP FUNCTION desk_safety_act()")
    for table in ("safety_payment", "safety_act", "safety_run", "account_facts"):
        op.drop_table(table)
